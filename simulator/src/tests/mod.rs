//! Tests over real HTTP, with a client that follows no redirects.

mod all_providers;
mod apple;
mod authorization;
mod clients;
mod control;
mod failures;
mod github;
mod microsoft;
mod named_failures;
mod openid;
mod pages;
mod people;
mod provider_rules;
mod rejections;
mod revocations;
mod token_rules;
mod twitter;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::header::{ACCEPT, AUTHORIZATION, LOCATION, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use actix_web::{App, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::server::KEEP_ALIVE;
use super::{APPLE_KEY_ID, APPLE_TEAM_ID, CLIENT_ID, CLIENT_SECRET, Endpoints, SimulatedProvider, Simulator};

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Long enough for a busy machine to generate a 2048-bit key.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);
/// Nothing listens here: the tests do not follow the redirect.
const REDIRECT_URI: &str = "http://127.0.0.1:9/callback?kept=1";
const NOW: i64 = 1_764_000_000;

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// A running simulator with a client.
struct TestServer {
    simulator: Simulator,
    /// `/simulator` is the simulator; `/restarted` the same after a restart: same base, empty state.
    origin: String,
    /// Unix seconds.
    clock: Arc<AtomicI64>,
    client: awc::Client,
}

struct Reply {
    status: StatusCode,
    location: Option<Url>,
    content_type: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// A parameter of the redirect URL or of the posted form.
    fn param(&self, key: &str) -> Option<String> {
        let params = match &self.location {
            Some(url) => url.query_pairs().into_owned().collect(),
            None => fields(&self.body),
        };
        assert!(!params.is_empty(), "nothing is params on: {}", self.body);
        params.into_iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }
}

impl TestServer {
    #[expect(clippy::disallowed_methods, reason = "a plain client for tests")]
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let base = Url::parse(&format!("{origin}/simulator")).unwrap();
        let clock = Arc::new(AtomicI64::new(NOW));
        let (simulator, restarted) = (new_simulator(base.clone(), &clock), new_simulator(base, &clock));
        let (first, second) = (simulator.routes(), restarted.routes());
        let server = HttpServer::new(move || {
            App::new()
                .service(web::scope("/simulator").configure(first.clone()))
                .service(web::scope("/restarted").configure(second.clone()))
        });
        let server = server.client_request_timeout(Duration::ZERO).keep_alive(KEEP_ALIVE);
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        let client = awc::Client::builder().disable_redirects().timeout(CLIENT_TIMEOUT).finish();
        Self { simulator, origin, clock, client }
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    fn at(&self, provider: SimulatedProvider) -> Endpoints {
        self.simulator.endpoints(provider)
    }

    async fn send(&self, method: Method, url: &str, headers: Pairs<'_>, form: Option<Pairs<'_>>) -> Reply {
        let mut request = self.client.request(method, url);
        for (key, value) in headers {
            request = request.insert_header((*key, *value));
        }
        let mut response = match form {
            Some(pairs) => request
                .content_type("application/x-www-form-urlencoded")
                .send_body(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
                .await
                .unwrap(),
            None => request.send().await.unwrap(),
        };
        let text = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let location: Option<String> = text(LOCATION);
        Reply {
            status: response.status(),
            location: location.map(|text| Url::parse(&text).unwrap()),
            content_type: text(actix_web::http::header::CONTENT_TYPE).unwrap_or_default(),
            body: String::from_utf8(response.body().await.unwrap().to_vec()).unwrap(),
        }
    }

    /// The URL of a valid authorization request with `changes`: an empty value removes its parameter.
    fn authorize_url(&self, provider: SimulatedProvider, changes: Pairs<'_>) -> String {
        let mut pairs = vec![
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", scope(provider)),
            ("state", "st&te=1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        match provider {
            SimulatedProvider::Apple => pairs.push(("response_mode", "form_post")),
            SimulatedProvider::Workos => pairs.push(("organization", "org_01")),
            _ => {}
        }
        pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        Url::parse_with_params(&self.at(provider).authorize, pairs).unwrap().into()
    }

    async fn authorize(&self, provider: SimulatedProvider, changes: Pairs<'_>) -> Reply {
        self.send(Method::GET, &self.authorize_url(provider, changes), &[], None).await
    }

    /// A code for a persona, without the consent page.
    async fn code(&self, provider: SimulatedProvider, login: &str, changes: Pairs<'_>) -> String {
        let changes = [changes, &[("login", login)]].concat();
        self.authorize(provider, &changes).await.param("code").expect("a code")
    }

    /// Exchanges a code in the way the provider prefers, with `changes`.
    async fn exchange_code(&self, provider: SimulatedProvider, code: &str, changes: Pairs<'_>) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        self.call_token(provider, &self.at(provider).token, &form, changes).await
    }

    async fn refresh(&self, provider: SimulatedProvider, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.call_token(provider, &self.at(provider).token, &form, &[]).await
    }

    async fn call_token(&self, provider: SimulatedProvider, url: &str, form: Pairs<'_>, changes: Pairs<'_>) -> Reply {
        let mut pairs = form.to_vec();
        let credentials = basic(CLIENT_SECRET);
        let mut headers = vec![(ACCEPT.as_str(), "application/json")];
        let signed = apple_secret(&self.simulator.apple_private_key(), &json!({}));
        match provider {
            SimulatedProvider::Oidc | SimulatedProvider::X | SimulatedProvider::Bitbucket => {
                headers.push((AUTHORIZATION.as_str(), &credentials))
            }
            SimulatedProvider::Apple => pairs.extend([("client_id", CLIENT_ID), ("client_secret", &signed)]),
            _ => pairs.extend([("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]),
        }
        pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.send(Method::POST, url, &headers, Some(&pairs)).await
    }

    /// Sends a GET request with an access token.
    async fn get(&self, url: &str, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [
            (AUTHORIZATION.as_str(), bearer.as_str()),
            (USER_AGENT.as_str(), "vouchsafe-tests"),
            ("client-id", CLIENT_ID),
        ];
        self.send(Method::GET, url, &headers, None).await
    }
}

#[expect(clippy::disallowed_methods, reason = "tests use the system's randomness")]
fn new_simulator(base: Url, clock: &Arc<AtomicI64>) -> Simulator {
    let clock = Arc::clone(clock);
    Simulator::new(
        base,
        move || clock.load(Ordering::SeqCst),
        |bytes| aws_lc_rs::rand::fill(bytes).expect("random bytes"),
    )
}

/// Every provider but Twitter, which speaks OAuth 1.0a.
fn oauth2() -> impl Iterator<Item = SimulatedProvider> {
    SimulatedProvider::ALL.into_iter().filter(|provider| *provider != SimulatedProvider::Twitter)
}

/// A scope that covers all profile data.
fn scope(provider: SimulatedProvider) -> &'static str {
    match provider {
        SimulatedProvider::Google | SimulatedProvider::Linkedin | SimulatedProvider::Oidc => "openid email profile",
        SimulatedProvider::Azuread | SimulatedProvider::Entraid => "openid email profile offline_access",
        SimulatedProvider::Apple => "name email",
        SimulatedProvider::Github => "user:email read:user",
        SimulatedProvider::Discord => "identify email openid",
        SimulatedProvider::Spotify => "user-read-email user-read-private",
        SimulatedProvider::Twitch => "user:read:email openid",
        SimulatedProvider::Gitlab => "read_user openid email",
        SimulatedProvider::Bitbucket => "account email",
        SimulatedProvider::Strava => "profile:read_all",
        SimulatedProvider::Oauth2 => "profile email",
        SimulatedProvider::Facebook => "email",
        SimulatedProvider::Windowslive => "wl.basic wl.emails wl.offline_access",
        SimulatedProvider::X => "users.read tweet.read users.email offline.access",
        SimulatedProvider::Workos | SimulatedProvider::Twitter => "",
    }
}

/// A valid client secret for Apple, with `changes`.
fn apple_secret(key: &str, changes: &Value) -> String {
    let mut claims = json!({
        "iss": APPLE_TEAM_ID, "sub": CLIENT_ID, "aud": "https://appleid.apple.com", "iat": NOW, "exp": NOW + 300,
    });
    for (key, value) in changes.as_object().unwrap() {
        claims[key] = value.clone();
    }
    let header = Header { kid: Some(APPLE_KEY_ID.to_owned()), ..Header::new(Algorithm::ES256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ec_pem(key.as_bytes()).unwrap()).unwrap()
}

/// The claims of a token; the signature is not verified.
fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).expect("a token of three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The hidden fields of a page.
fn fields(page: &str) -> Vec<(String, String)> {
    let unescape = |text: &str| {
        let text = text.replace("&quot;", "\"").replace("&#39;", "'");
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    page.split(r#"<input type="hidden" name=""#)
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once(r#"" value=""#).unwrap();
            (unescape(name), unescape(rest.split_once('"').unwrap().0))
        })
        .collect()
}

fn basic(secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(CLIENT_ID), encode(secret))))
}

/// The text of a required member.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}
