//! The simulated providers over real HTTP, asked by a client that follows nothing by itself.

mod github_walks;
mod openid_walks;
mod pages;
mod refusals;

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::http::header::{ACCEPT, AUTHORIZATION, LOCATION, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use actix_web::{App, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, CLIENT_SECRET, Endpoints, House, Simulator};
use crate::domain::clock::{HandClock, Timestamp};
use crate::domain::entropy::SystemEntropy;

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Where nobody has to listen: the tests read the redirect and do not follow it.
const RETURN: &str = "http://127.0.0.1:9/callback?kept=1";
const NOW: i64 = 1_764_000_000;

type Pairs<'a> = &'a [(&'a str, &'a str)];

/// A running simulator and a client of it.
struct Stage {
    simulator: Simulator,
    /// `/simulator` is the simulator; `/restarted` is what it is after a restart: same base, no memory.
    origin: String,
    clock: Arc<HandClock>,
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

    /// A parameter of the address that the reply redirects to.
    fn sent(&self, key: &str) -> Option<String> {
        let url = self.location.as_ref().expect("a redirect");
        url.query_pairs().find(|(known, _)| known == key).map(|(_, value)| value.into_owned())
    }
}

impl Stage {
    #[allow(clippy::disallowed_methods, reason = "the simulator knows nothing of the guarded client")]
    fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let base = Url::parse(&format!("{origin}/simulator")).unwrap();
        let clock = Arc::new(HandClock::new(Timestamp::from_seconds(NOW)));
        let simulator = Simulator::new(base.clone(), clock.clone(), Arc::new(SystemEntropy));
        let restarted = Simulator::new(base, clock.clone(), Arc::new(SystemEntropy));
        let (first, second) = (simulator.routes(), restarted.routes());
        let server = HttpServer::new(move || {
            App::new()
                .service(web::scope("/simulator").configure(first.clone()))
                .service(web::scope("/restarted").configure(second.clone()))
        });
        actix_web::rt::spawn(server.workers(1).disable_signals().listen(listener).unwrap().run());
        let client = awc::Client::builder().disable_redirects().finish();
        Self { simulator, origin, clock, client }
    }

    fn at(&self, house: House) -> Endpoints {
        self.simulator.endpoints(house)
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

    /// The address of an authorization request with everything in order, changed by `changes`: a pair with an
    /// empty value takes its parameter out.
    fn question(&self, house: House, changes: Pairs<'_>) -> String {
        let mut pairs = vec![
            ("client_id", CLIENT_ID),
            ("redirect_uri", RETURN),
            ("response_type", "code"),
            ("scope", if house.is_openid() { "openid email profile" } else { "user:email read:user" }),
            ("state", "st&te=1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        Url::parse_with_params(&self.at(house).authorize, pairs).unwrap().into()
    }

    async fn ask(&self, house: House, changes: Pairs<'_>) -> Reply {
        self.send(Method::GET, &self.question(house, changes), &[], None).await
    }

    /// A code for a person, without a click.
    async fn code(&self, house: House, login: &str, changes: Pairs<'_>) -> String {
        let changes = [changes, &[("login", login)]].concat();
        self.ask(house, &changes).await.sent("code").expect("a code")
    }

    /// Presents a code the way the house likes it best, changed by `changes`.
    async fn redeem(&self, house: House, code: &str, changes: Pairs<'_>) -> Reply {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", RETURN),
            ("code_verifier", VERIFIER),
        ];
        self.call_token(house, &self.at(house).token, &form, changes).await
    }

    async fn refresh(&self, house: House, token: &str) -> Reply {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.call_token(house, &self.at(house).token, &form, &[]).await
    }

    async fn call_token(&self, house: House, url: &str, form: Pairs<'_>, changes: Pairs<'_>) -> Reply {
        let mut pairs = form.to_vec();
        let credentials = basic(CLIENT_SECRET);
        let mut headers = vec![(ACCEPT.as_str(), "application/json")];
        if house == House::Oidc {
            headers.push((AUTHORIZATION.as_str(), &credentials));
        } else {
            pairs.extend([("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
        }
        pairs.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.send(Method::POST, url, &headers, Some(&pairs)).await
    }

    /// Asks with an access token.
    async fn look(&self, url: &str, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (USER_AGENT.as_str(), "vouchsafe-tests")];
        self.send(Method::GET, url, &headers, None).await
    }
}

fn basic(secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(CLIENT_ID), encode(secret))))
}

/// The text of a member that has to be there.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is missing in {value}"))
}
