//! Hooks of the embedding app, over HTTP in both dialects.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vouchsafe::Clock;
use vouchsafe::ExternalProfile;
use vouchsafe::UserId;
use vouchsafe::{
    NewUser, SignUpError, SignUpHooks, TokenClaims, TokenHooks, TokenUser, Unavailable, UserDraft, Veto, Vouchsafe,
};

use crate::aufy;
use crate::support::app::{Database, Node, TestApp, access_token, listen, parameter, refresh_token, serve};
use crate::support::browser::Browser;

/// How the hooks of a test behave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Behaviour {
    #[default]
    Answer,
    Hang,
    Panic,
    Unavailable,
}

/// Refuses emails at example.com, renames, sets a claim, and records whom it heard of.
#[derive(Default)]
struct Host {
    sign_up: Mutex<Behaviour>,
    tokens: Mutex<Behaviour>,
    plan: Mutex<&'static str>,
    created: Mutex<Vec<(UserId, String)>>,
}

impl Host {
    async fn behave(behaviour: &Mutex<Behaviour>) -> Result<(), Unavailable> {
        let behaviour = *behaviour.lock().expect("a value");
        match behaviour {
            Behaviour::Answer => Ok(()),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Panic => panic!("on purpose"),
            Behaviour::Unavailable => Err(Unavailable("the app's database is down".to_owned())),
        }
    }
}

impl SignUpHooks for Host {
    async fn map_profile(&self, profile: &ExternalProfile, draft: UserDraft) -> Result<UserDraft, SignUpError> {
        if profile.subject.is_empty() || profile.name.as_deref() != Some("Mira Okafor") {
            return Ok(draft);
        }
        Ok(UserDraft {
            display_name: draft.display_name.to_uppercase(),
            locale: "de".to_owned(),
            roles: vec!["user".to_owned()],
            metadata: Some(json!({"from": profile.provider})),
            ..draft
        })
    }

    async fn may_sign_up(&self, new_user: &NewUser<'_>) -> Result<(), SignUpError> {
        Self::behave(&self.sign_up).await?;
        match new_user.email {
            Some(email) if email.ends_with("@example.com") => {
                Err(Veto::new("invite-only", "Ask a member for an invitation").into())
            }
            _ => Ok(()),
        }
    }

    fn user_created(&self, new_user: &NewUser<'_>) {
        let note = format!("{} by {}", new_user.display_name, new_user.profile.provider);
        self.created.lock().expect("a list").push((new_user.user_id, note));
    }
}

impl TokenHooks for Host {
    async fn claims(&self, user: &TokenUser<'_>) -> Result<TokenClaims, Unavailable> {
        Self::behave(&self.tokens).await?;
        let plan = *self.plan.lock().expect("a plan");
        let claims = TokenClaims::new().with("plan", plan)?.with("x-hasura-name", user.display_name)?;
        Ok(claims)
    }
}

async fn node(app: &TestApp, host: &Arc<Host>, more: &str) -> (Node, Vouchsafe) {
    let (listener, origin) = listen();
    let clock = Arc::clone(&app.clock) as Arc<dyn Clock>;
    let vouchsafe = Vouchsafe::builder(app.settings(&origin, more))
        .clock(clock)
        .sign_up_hooks(Arc::clone(host))
        .token_hooks(Arc::clone(host))
        .hook_deadline(Duration::from_millis(20));
    let vouchsafe = vouchsafe.build().await.expect("built");
    let routes = vouchsafe.clone();
    (Node::at(origin, serve(listener, 1, move || routes.routes())), vouchsafe)
}

/// The claims of an access token.
fn claims(token: &str) -> Value {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a payload")).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

const NAMESPACE: &str = "https://hasura.io/jwt/claims";

#[actix_web::test]
async fn veto_reaches_the_person_in_the_apps_words_and_stores_nothing() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { return };
        let host = Arc::new(Host::default());
        let (node, _) = node(&app, &host, "nhost.conceal_errors = true").await;
        let mut rosa = Browser::new();
        node.hand_over(&mut rosa, "github", "rosa").await;
        let refused = node.post(&mut rosa, "auth/signin/external", None, "").await;
        refused.assert_problem(403, "Ask a member for an invitation");
        assert_eq!(refused.json()["code"], "invite-only");
        let target = node.sign_in(&mut Browser::new(), "google", "", "rosa").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("invite-only"));
        assert_eq!(parameter(&target, "errorDescription").as_deref(), Some("Ask a member for an invitation"));
        for table in ["users", "identities", "sessions", "vault_entries", "tickets"] {
            assert_eq!(app.count(table).await, 0, "{table}");
        }
        assert_eq!(app.query("SELECT COUNT(*) FROM audit_events WHERE outcome = 'vetoed'").await, 2);
        assert!(host.created.lock().expect("a list").is_empty());
    }
}

#[actix_web::test]
async fn new_user_is_as_the_hook_left_the_profile_and_heard_of_once() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { return };
        let host = Arc::new(Host::default());
        let (node, _) = node(&app, &host, "sign_up.allowed_locales = ['de']").await;
        for _ in 0..2 {
            let mira = node.session(&mut Browser::new(), "google", "mira").await;
            let user = &mira["user"];
            assert_eq!((&user["displayName"], &user["locale"]), (&json!("MIRA OKAFOR"), &json!("de")));
            assert_eq!((&user["roles"], &user["metadata"]), (&json!(["user"]), &json!({"from": "google"})));
            node.enter(&mut Browser::new(), "github", "user-7").await;
        }
        let created = host.created.lock().expect("a list");
        let notes: Vec<_> = created.iter().map(|(_, note)| note.as_str()).collect();
        assert_eq!(notes, ["MIRA OKAFOR by google", "User 7 by github"]);
    }
}

#[actix_web::test]
async fn claims_of_the_app_are_in_each_access_token_of_both_dialects() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { return };
        let host = Arc::new(Host::default());
        let (node, _) = node(&app, &host, "").await;
        *host.plan.lock().expect("a plan") = "free";
        // An account that is created, and one that exists.
        for _ in 0..2 {
            let mut browser = Browser::new();
            let tokens = node.enter(&mut browser, "github", "mira").await;
            assert_eq!(claims(aufy::access_token(&tokens))["plan"], "free");
        }
        let browser = &mut Browser::new();
        let session = node.session(browser, "google", "jonas").await;
        let first = claims(access_token(&session));
        assert_eq!(
            (&first["plan"], &first[NAMESPACE]["x-hasura-name"]),
            (&json!("free"), &session["user"]["displayName"])
        );
        *host.plan.lock().expect("a plan") = "pro";
        let refreshed = node.refresh(browser, refresh_token(&session)).await.json();
        assert_eq!(claims(access_token(&refreshed))["plan"], "pro");
        let mut browser = Browser::new();
        node.enter(&mut browser, "github", "mira").await;
        let refreshed = node.post(&mut browser, "auth/signin/refresh", None, "").await.json();
        assert_eq!(claims(aufy::access_token(&refreshed))["plan"], "pro");
    }
}

#[actix_web::test]
async fn hook_without_an_answer_refuses_for_now_and_leaves_everything_as_it_was() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { return };
        let host = Arc::new(Host::default());
        let (node, _) = node(&app, &host, "").await;
        let known = &mut Browser::new();
        let mut session = node.session(known, "google", "mira").await;
        for (behaviour, person) in
            [(Behaviour::Hang, "user-1"), (Behaviour::Panic, "user-2"), (Behaviour::Unavailable, "user-3")]
        {
            let before = app.row_counts().await;
            *host.sign_up.lock().expect("a value") = behaviour;
            let target = node.sign_in(&mut Browser::new(), "google", "", person).await;
            assert_eq!(parameter(&target, "error").as_deref(), Some("internal-server-error"), "{behaviour:?}");
            let mut browser = Browser::new();
            node.hand_over(&mut browser, "github", person).await;
            let refused = node.post(&mut browser, "auth/signin/external", None, "").await;
            assert_eq!((refused.status, app.row_counts().await), (503, before), "{behaviour:?}");
            *host.sign_up.lock().expect("a value") = Behaviour::Answer;

            *host.tokens.lock().expect("a value") = behaviour;
            // The ticket and the refresh token stay valid.
            assert_eq!(node.post(&mut browser, "auth/signin/external", None, "").await.status, 503, "{behaviour:?}");
            assert_eq!(node.refresh(known, refresh_token(&session)).await.status, 503, "{behaviour:?}");
            app.wait(30);
            *host.tokens.lock().expect("a value") = Behaviour::Answer;
            let refreshed = node.refresh(known, refresh_token(&session)).await;
            assert_eq!(refreshed.status, 200, "{behaviour:?}: {}", refreshed.text());
            session = refreshed.json();
            let accepted = node.post(&mut browser, "auth/signin/external", None, "").await;
            assert_eq!(accepted.status, 200, "{behaviour:?}: {}", accepted.text());
        }
        assert_eq!(app.count("users").await, 4);
    }
}

#[actix_web::test]
async fn user_enabled_by_the_app_after_mail_signs_in() {
    let app = TestApp::new();
    let host = Arc::new(Host::default());
    let (node, vouchsafe) = node(&app, &host, "sign_up.verified_email_required = true").await;
    let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert_eq!((parameter(&target, "error"), parameter(&target, "refreshToken")), (None, None));
    let id = host.created.lock().expect("a list")[0].0;
    for (address, is_theirs) in [("mira@example.org", false), ("no address", false), ("Jonas@Example.net", true)] {
        assert_eq!(vouchsafe.confirm_email(id, address).await.expect("answered"), is_theirs, "{address}");
    }
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    assert_eq!(session["user"]["emailVerified"], true);
    assert_eq!(app.query("SELECT COUNT(*) FROM audit_events WHERE action = 'confirm'").await, 1);
}
