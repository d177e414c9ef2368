//! Failures that users of other services reported, replayed here: each gets the cause that its users searched for.

use serde_json::json;
use vouchsafe::FlowTag;
use vouchsafe::{FlowFilter, Outcome, Settings, Vouchsafe};
use vouchsafe_simulator::{CLIENT_SECRET, Endpoint, Failure, IdTokenFlaw, SimulatedProvider};

use crate::resilience::model::journeys;
use crate::support::app::{Database, Node, TestApp, listen, parameter, serve};
use crate::support::browser::{Browser, Response};
use crate::support::service::wait_until;

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
enum Scenario {
    /// A fault of the simulated Google, from the callback on.
    Google(Failure),
    /// A fault of the simulated OpenID provider, from the start on.
    Oidc(Failure),
    /// Google's client secret in the settings.
    Secret(&'static str),
    /// GitHub's client secret is wrong.
    GithubSecret,
    /// The provider does not know the private key.
    PrivateKey,
    Denied,
    ReportedError(&'static str),
    SecondTab,
    NoCookies,
    OtherCookies,
    BackButton,
    UnreadableCookie,
    TooSlow,
    ReturnUrl,
    ProviderOff,
    CircuitOpen,
    /// Signing in as this persona at GitHub with these settings, after Mira has signed in at Google.
    Rules(&'static str, &'static str),
    LinkedAlready,
    Disabled,
    /// The provider authenticated the user too long ago.
    OldAuthentication,
    /// The app asks for a scope that is not allowed.
    Scope,
}

use Scenario as S;

/// Reports, what goes wrong, and the cause that must be named. A dash: no report is cited.
const REPORTS: &[(&str, Scenario, &str)] = &[
    ("supabase/auth#106", S::Secret("SECRET "), "client-secret-white-space"),
    ("supabase/auth#2077", S::Secret("of-another-client"), "client-secret-wrong"),
    ("graphql-hive/console#7673", S::GithubSecret, "client-secret-wrong"),
    ("better-auth/better-auth#1522", S::PrivateKey, "client-key-refused"),
    ("-", S::Google(Failure::ServerError(Endpoint::Token)), "provider-broken"),
    ("keycloak/keycloak#12107", S::Google(Failure::Slow(Endpoint::Token)), "provider-slow"),
    ("ory/kratos#3655", S::Google(Failure::MalformedJson(Endpoint::Token)), "endpoint-wrong"),
    ("dexidp/dex#1723", S::Oidc(Failure::ServerError(Endpoint::Discovery)), "provider-broken"),
    ("DuendeSoftware/Support#853", S::CircuitOpen, "circuit-open"),
    ("nhost/nhost#914", S::Denied, "user-denied"),
    ("supabase/auth#983", S::ReportedError("server_error"), "provider-temporarily-unavailable"),
    ("odoo/odoo#9057", S::ReportedError("redirect_uri_mismatch"), "redirect-uri-mismatch"),
    ("zorn-v/nextcloud-social-login#205", S::Google(Failure::RedirectUriMismatch), "redirect-uri-mismatch"),
    ("oauth2-proxy/oauth2-proxy#817", S::SecondTab, "second-tab"),
    ("auth0/passport-auth0#154", S::NoCookies, "cookies-blocked"),
    ("omniauth/omniauth-oauth2#58", S::OtherCookies, "other-browser"),
    ("omniauth/omniauth-oauth2#95", S::BackButton, "signed-in"),
    ("twentyhq/twenty#20467", S::UnreadableCookie, "cookie-unreadable"),
    ("firebase/firebase-js-sdk#4256", S::TooSlow, "flow-expired"),
    ("-", S::Google(Failure::BadCode), "code-refused"),
    ("supabase/auth#1274", S::Google(Failure::IdToken(IdTokenFlaw::Issuer)), "id-token-issuer"),
    ("supabase/gotrue-dart#68", S::Google(Failure::IdToken(IdTokenFlaw::Audience)), "id-token-audience"),
    ("supabase/auth#1205", S::Google(Failure::IdToken(IdTokenFlaw::Nonce)), "id-token-nonce"),
    ("-", S::Google(Failure::IdToken(IdTokenFlaw::Stale)), "id-token-expired"),
    ("-", S::Google(Failure::IdToken(IdTokenFlaw::Future)), "clock-skew"),
    ("supabase/supabase#36320", S::Oidc(Failure::Forbidden(Endpoint::Userinfo)), "profile-refused"),
    ("AppFlowy-IO/AppFlowy-Cloud#1477", S::Rules("sign_up.enabled = false", "rosa"), "sign-up-disabled"),
    (
        "element-hq/matrix-authentication-service#4506",
        S::Rules("sign_up.create_on_sign_in = false", "rosa"),
        "user-unknown",
    ),
    ("nextauthjs/next-auth#519", S::Rules("sign_up.link_by_verified_email = false", "mira"), "account-exists"),
    ("ubicloud/ubicloud#2509", S::Rules("sign_up.email_required = true", "aiko"), "email-not-allowed"),
    ("better-auth/better-auth#10214", S::LinkedAlready, "identity-linked-already"),
    ("supabase/supabase#48487", S::Disabled, "account-disabled"),
    ("supabase/supabase#4808", S::ReturnUrl, "return-url-not-allowed"),
    ("nhost/hasura-auth#218", S::ProviderOff, "provider-disabled"),
    ("-", S::OldAuthentication, "id-token-auth-time"),
    ("-", S::Scope, "scope-not-allowed"),
];

/// A node whose records can be read.
struct World {
    app: TestApp,
    node: Node,
    vouchsafe: Vouchsafe,
    browser: Browser,
}

impl World {
    async fn new(edit: impl Fn(String) -> String) -> Self {
        let app = TestApp::new();
        let (listener, origin) = listen();
        let text = edit(app.settings_text(&origin, ""));
        let vouchsafe = app.build(Settings::from_toml(&text).expect("settings")).await;
        let routes = vouchsafe.clone();
        let node = Node::at(origin, serve(listener, 2, move || routes.routes()));
        Self { app, node, vouchsafe, browser: Browser::new() }
    }

    async fn of(scenario: Scenario) -> Self {
        let more = |text: String, line: &str| text.replacen("session.issuer", &format!("{line}\nsession.issuer"), 1);
        let google = format!("client_secret = '{CLIENT_SECRET}'");
        match scenario {
            S::Secret(secret) => {
                let secret = secret.replace("SECRET", CLIENT_SECRET);
                Self::new(|text| text.replacen(&google, &format!("client_secret = '{secret}'"), 1)).await
            }
            S::GithubSecret => {
                Self::new(|text| {
                    let (before, github) = text.split_once("[providers.github]").expect("GitHub");
                    format!("{before}[providers.github]{}", github.replacen(&google, "client_secret = 'wrong'", 1))
                })
                .await
            }
            S::PrivateKey => {
                let key = rcgen::KeyPair::generate().expect("a key").serialize_pem();
                let signed = format!(
                    "client_authentication = 'private_key_jwt'\nkey_id = 'k'\nprivate_key = '''{key}'''\ntype = 'oidc'"
                );
                Self::new(|text| {
                    let (before, oidc) = text.split_once("[providers.oidc]").expect("OpenID");
                    let oidc = oidc.replacen(&google, "", 1).replacen("type = 'oidc'", &signed, 1);
                    format!("{before}[providers.oidc]{oidc}")
                })
                .await
            }
            S::Google(Failure::Slow(_)) => Self::new(|text| text.replacen("'20s'", "'300ms'", 1)).await,
            S::Rules(line, _) => Self::new(|text| more(text, line)).await,
            _ => Self::new(|text| text).await,
        }
    }

    async fn start(&mut self, provider: &str, query: &str) -> Response {
        self.browser.get(&format!("{}/signin/provider/{provider}?{query}", self.node.base)).await
    }

    async fn callback(&mut self, provider: &str, persona: &str) -> String {
        self.node.authorize(&mut self.browser, provider, "", persona).await
    }

    /// Follows a callback; returns its flow, which an error names.
    async fn follow(&mut self, callback: &str) -> FlowTag {
        let answer = self.browser.get(callback).await;
        let flow = FlowTag::of(&parameter(&callback.parse().expect("a URL"), "state").expect("a state"));
        if let Some(named) = named_flow(&answer) {
            assert_eq!(named, flow, "{callback}");
        }
        flow
    }

    /// Carries the scenario out; returns its flow.
    async fn play(&mut self, scenario: Scenario) -> FlowTag {
        match scenario {
            S::Google(failure) => {
                let callback = self.callback("google", "mira").await;
                self.app.simulator.fail(SimulatedProvider::Google, failure);
                self.follow(&callback).await
            }
            S::Oidc(failure) => {
                self.app.simulator.fail(SimulatedProvider::Oidc, failure);
                let start = self.start("oidc", "").await;
                if let Some(flow) = named_flow(&start) {
                    return flow;
                }
                let callback = self.browser.get(&format!("{}&login=mira", start.location())).await.location();
                self.follow(&callback).await
            }
            S::Secret(_) => {
                let callback = self.callback("google", "mira").await;
                self.follow(&callback).await
            }
            S::GithubSecret => {
                let callback = self.callback("github", "mira").await;
                self.follow(&callback).await
            }
            S::PrivateKey => {
                let callback = self.callback("oidc", "mira").await;
                self.follow(&callback).await
            }
            S::Denied => {
                let callback = self.callback("google", "deny").await;
                self.follow(&callback).await
            }
            S::ReportedError(error) => {
                let callback = self.callback("google", "mira").await;
                let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
                let base = format!("{}/signin/provider/google/callback", self.node.base);
                self.follow(&format!("{base}?state={state}&error={error}&error_description=secret-canary-text")).await
            }
            S::SecondTab => {
                let first = self.callback("google", "mira").await;
                let of_first: Vec<_> = self.browser.jar.keys().cloned().collect();
                self.callback("google", "mira").await;
                self.browser.jar.retain(|name, _| !of_first.contains(name));
                self.follow(&first).await
            }
            S::NoCookies | S::OtherCookies => {
                let callback = self.callback("google", "mira").await;
                self.browser = Browser::new();
                if matches!(scenario, S::OtherCookies) {
                    self.browser.jar.insert("theme".to_owned(), "dark".to_owned());
                }
                self.follow(&callback).await
            }
            S::BackButton => {
                let callback = self.callback("google", "mira").await;
                let jar = self.browser.jar.clone();
                self.follow(&callback).await;
                self.browser.jar = jar;
                self.follow(&callback).await
            }
            S::UnreadableCookie => {
                let callback = self.callback("google", "mira").await;
                self.browser.jar.values_mut().for_each(|sealed| *sealed = sealed.chars().rev().collect());
                self.follow(&callback).await
            }
            S::TooSlow => {
                let callback = self.callback("google", "mira").await;
                self.app.wait(601);
                self.follow(&callback).await
            }
            S::ReturnUrl => {
                let refused = self.start("google", "redirectTo=https%3A%2F%2Fevil.test").await;
                named_flow(&refused).expect("a flow")
            }
            S::ProviderOff => {
                let refused = self.start("apple", "").await;
                named_flow(&refused).expect("a flow")
            }
            S::CircuitOpen => {
                self.app.simulator.fail(SimulatedProvider::Google, Failure::ServerError(Endpoint::Token));
                for _ in 0..5 {
                    let callback = self.callback("google", "mira").await;
                    self.follow(&callback).await;
                }
                let refused = self.start("google", "").await;
                named_flow(&refused).expect("a flow")
            }
            S::Rules(_, persona) => {
                let callback = self.callback("google", "mira").await;
                self.follow(&callback).await;
                let callback = self.callback("github", persona).await;
                self.follow(&callback).await
            }
            S::LinkedAlready => {
                let mira = self.node.session(&mut self.browser, "google", "mira").await;
                self.node.session(&mut Browser::new(), "github", "jonas").await;
                let token = mira["accessToken"].as_str().expect("a token").to_owned();
                let target = self.node.connect(&mut self.browser, "github", &format!("connect={token}"), "jonas").await;
                parameter(&target, "flow").expect("a flow").parse().expect("the id of a flow")
            }
            S::OldAuthentication => {
                let callback = self.node.authorize(&mut self.browser, "oidc", "max_age=10", "mira").await;
                self.app.wait(71);
                self.follow(&callback).await
            }
            S::Scope => {
                let refused = self.start("google", "scopes=mail").await;
                named_flow(&refused).expect("a flow")
            }
            S::Disabled => {
                self.node.session(&mut self.browser, "google", "mira").await;
                self.app.execute("UPDATE users SET disabled = TRUE").await;
                let callback = self.callback("google", "mira").await;
                self.follow(&callback).await
            }
        }
    }
}

/// The flow that an error names: in the return URL, or in the JSON of a response.
fn named_flow(answer: &Response) -> Option<FlowTag> {
    let named = match answer.header("location") {
        Some(location) => parameter(&location.parse().expect("a URL"), "flow"),
        None => answer.json()["flow"].as_str().map(str::to_owned),
    };
    named.map(|flow| flow.parse().expect("the id of a flow"))
}

#[actix_web::test]
async fn records_in_the_database_are_read_on_another_node() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let node = app.node_with("flow.records = 'database'").await;
        let other = app.build(app.settings("https://auth.test", "flow.records = 'database'")).await;
        let target = node.sign_in(&mut Browser::new(), "google", "", "deny").await;
        let flow = parameter(&target, "flow").expect("a flow").parse().expect("the id of a flow");
        wait_until("the record is written", async || other.flow(flow).await.expect("read").is_some()).await;
        let report = other.flow(flow).await.expect("read").expect("a record");
        assert_eq!((report.cause.code(), report.timeline.len()), ("user-denied", 3));
        let all = FlowFilter { limit: 5, ..FlowFilter::default() };
        assert_eq!(other.flows(&all).await.expect("read"), [report]);
        assert_eq!(app.count("flow_records").await, 1);
    }
}

#[actix_web::test]
async fn reported_failures_get_the_right_cause() {
    let mut wrong = Vec::new();
    let mut held_against_the_model = 0;
    for (report, scenario, expected) in REPORTS {
        let mut world = World::of(*scenario).await;
        let flow = world.play(*scenario).await;
        let found = world.vouchsafe.flow(flow).await.expect("read");
        let code = found.as_ref().map(|report| report.cause.code());
        if code != Some(expected) {
            wrong.push(format!("{report} {scenario:?}: expected {expected}, not {found:#?}"));
        }
        held_against_the_model += journeys::check(&world.vouchsafe);
        let text = found.map(|report| format!("{report} {}", json!(report))).unwrap_or_default();
        assert!(!text.contains("canary") && !text.contains(CLIENT_SECRET), "{text}");
    }
    let cited = REPORTS.iter().filter(|(report, ..)| *report != "-").count();
    println!("{} of {} causes named rightly; {cited} are cited reports", REPORTS.len() - wrong.len(), REPORTS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cited >= 20);
    assert!(held_against_the_model >= 20, "{held_against_the_model}");
}

#[actix_web::test]
async fn record_of_a_sign_in_shows_its_steps_and_is_listed() {
    let mut world = World::new(|text| text).await;
    let callback = world.callback("google", "mira").await;
    let flow = FlowTag::of(&parameter(&callback.parse().expect("a URL"), "state").expect("a state"));
    let waiting = world.vouchsafe.flow(flow).await.expect("read").expect("it is at the provider");
    assert_eq!((waiting.cause.code(), waiting.outcome), ("at-provider", Outcome::Waiting));
    world.follow(&callback).await;
    let report = world.vouchsafe.flow(flow).await.expect("read").expect("a record");
    let events: Vec<_> = report.timeline.iter().map(|event| event.event.as_str()).collect();
    let expected = [
        "started",
        "came-back",
        "state-accepted",
        "marked-used",
        "exchanged",
        "id-token-accepted",
        "identified",
        "decided",
        "signed-in",
    ];
    assert_eq!(events, expected);
    assert_eq!(report.timeline[7].detail.as_deref(), Some("created"));
    assert_eq!((report.outcome, report.dialect.as_deref()), (Outcome::SignedIn, Some("nhost")));
    assert!(report.user.is_some());

    let denied = world.callback("github", "deny").await;
    let denied = world.follow(&denied).await;
    let all = FlowFilter { limit: 10, ..FlowFilter::default() };
    let listed = async |filter: FlowFilter| -> Vec<FlowTag> {
        let flows = world.vouchsafe.flows(&filter).await.expect("read");
        flows.into_iter().map(|flow| flow.flow).collect()
    };
    assert_eq!(listed(all.clone()).await.len(), 2);
    assert_eq!(listed(FlowFilter { provider: "github".parse().ok(), ..all.clone() }).await, [denied]);
    assert_eq!(listed(FlowFilter { outcome: Some(Outcome::SignedIn), ..all.clone() }).await, [flow]);
    assert_eq!(listed(FlowFilter { limit: 1, ..all.clone() }).await.len(), 1);
    world.app.wait(86_401);
    assert_eq!(world.vouchsafe.flow(flow).await.expect("read"), None, "flow.record_ttl is over");
}
