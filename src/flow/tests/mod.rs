//! Sign-ins at simulated providers, below the routes: what becomes of a flow, what is counted, kept and told of it.

mod begin;
mod callback;
mod counters;
mod events;
#[cfg(feature = "pages")]
mod observe;
mod provider_tokens;
mod supervisor;

use std::sync::Arc;

use awc::http::header::LOCATION;
use url::Url;
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider};

use super::begin::{AskedOfProvider, Begin, BeginError, Begun};
use super::callback::{Callback, ProviderErrorResponse};
use super::cookie::Flow;
use super::error::{FailureCode, SignInError, Step};
use super::id_token::SignInWithIdToken;
use super::intent::BeginIntent;
use super::supervisor::{BrowserCookies, CallbackResult, Outcome, Resume};
use crate::app::testing::TestService;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::metrics::{Dialect, Outcome as Ended};
use crate::user::messages::{Credential, Intent, SignedIn};
use crate::user::options::SignUpOptions;
use crate::user::proof::LiveSession;

pub(super) fn name(provider: &str) -> ProviderName {
    provider.parse().expect("a name")
}

fn redirect_uri(provider: &str) -> String {
    format!("https://auth.test/signin/provider/{provider}/callback")
}

/// A sign-in that ends with a refresh token.
fn begin(provider: &str) -> Begin {
    Begin {
        provider: name(provider),
        redirect_uri: redirect_uri(provider),
        return_url: None,
        client_state: None,
        intent: BeginIntent::SignIn(Credential::RefreshToken),
        options: SignUpOptions::default(),
        asked: AskedOfProvider::default(),
    }
}

fn resume(provider: &str, callback: Callback) -> Resume {
    Resume {
        provider: name(provider),
        redirect_uri: redirect_uri(provider),
        callback,
        cookies: BrowserCookies::Flows,
        ip: None,
    }
}

/// A callback with a code that no provider issued.
fn with_code() -> Callback {
    Callback { code: Some(Secret::new("code")), ..Callback::default() }
}

#[expect(clippy::disallowed_methods, reason = "a browser is not the server's HTTP client")]
fn browser() -> awc::Client {
    awc::Client::builder().disable_redirects().finish()
}

fn code_of(error: &SignInError) -> (Step, FailureCode) {
    (error.step, error.code)
}

impl TestService {
    async fn begin(&self, provider: &str) -> Begun {
        self.sign_ins().begin(begin(provider)).await.expect("begun")
    }

    async fn not_begun(&self, begin: Begin) -> BeginError {
        self.sign_ins().begin(begin).await.expect_err("not begun")
    }

    /// What the provider sends after this person, or `deny`, was chosen there.
    async fn authorize(&self, begun: &Begun, person: &str) -> Callback {
        let url = format!("{}&login={person}", begun.authorize_url);
        let answer = browser().get(url).send().await.expect("an answer");
        let location = answer.headers().get(LOCATION).expect("a redirect").to_str().expect("text");
        let mut callback = Callback::default();
        for (key, value) in Url::parse(location).expect("a URL").query_pairs() {
            match &*key {
                "code" | "oauth_verifier" => callback.code = Some(Secret::new(value)),
                "iss" => callback.iss = Some(value.into_owned()),
                "oauth_token" => callback.oauth_token = Some(Secret::new(value)),
                "error" => {
                    let error = value.into_owned();
                    callback.error = Some(ProviderErrorResponse { error, ..ProviderErrorResponse::default() });
                }
                _ => {}
            }
        }
        callback
    }

    /// The browser that began the flow comes back.
    async fn come_back(&self, begun: &Begun, resume: Resume) -> Result<CallbackResult, SignInError> {
        self.sign_ins().resume(begun.id.as_str(), Some(&begun.sealed), resume).await
    }

    /// A whole sign-in.
    pub(super) async fn sign_in(&self, provider: &str, person: &str) -> (Begun, Result<Outcome, SignInError>) {
        let begun = self.begin(provider).await;
        let callback = self.authorize(&begun, person).await;
        let result = self.come_back(&begun, resume(provider, callback)).await.expect("a flow");
        assert_eq!(result.flow, begun.id.tag());
        (begun, result.outcome)
    }

    /// The session of a new sign-in.
    pub(super) async fn session(&self, provider: &str, person: &str) -> LiveSession {
        match self.sign_in(provider, person).await.1 {
            Ok(Outcome::SignedIn(SignedIn::Session { session, .. })) => session,
            other => panic!("no session: {other:?}"),
        }
    }

    /// An id_token of Google, as an app gets it by itself, is presented.
    async fn present_id_token(&self, person: &str, intent: Intent) -> Result<SignedIn, SignInError> {
        let begun = self.begin("google").await;
        let flow = Flow::open(&begun.sealed, begun.id, &self.services().sealer).expect("opened");
        let code = self.authorize(&begun, person).await.code.expect("a code");
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("code", code.expose()),
            ("redirect_uri", &flow.redirect_uri),
            ("code_verifier", flow.verifier.as_ref().map_or("", |verifier| verifier.expose())),
        ];
        let at = self.simulator.endpoints(SimulatedProvider::Google).token;
        let mut answer = browser().post(at).send_form(&form).await.expect("an answer");
        let answer: serde_json::Value = answer.json().await.expect("JSON");
        let id_token = Secret::new(answer["id_token"].as_str().expect("an id_token"));
        self.present(id_token, flow.nonce, intent).await
    }

    async fn present(&self, id_token: Secret, nonce: Option<Secret>, intent: Intent) -> Result<SignedIn, SignInError> {
        let (provider, options) = (name("google"), SignUpOptions::default());
        let request = SignInWithIdToken { provider, id_token, nonce, intent, options, ip: None };
        self.sign_ins().sign_in_with_id_token(request).await
    }

    /// How many sign-ins with a provider ended so.
    fn ended(&self, provider: &str, outcome: Ended) -> u64 {
        let services = self.services();
        let metrics = &services.providers.get(&name(provider)).expect("configured").metrics;
        metrics.sign_ins.of(Dialect::Nhost).of(outcome).get()
    }
}
