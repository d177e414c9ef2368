//! Makes every call to a provider, against a server that records the requests.

use serde_json::Value;
use url::Url;

use super::super::authorize::AuthorizationParams;
use super::super::identify::{IdTokenContext, IdentifyError};
use super::super::{Endpoints, Protocol, Provider};
use super::NOW;
use super::fixture::Fixture;
use super::signing::{keys, signed};
use crate::domain::profile::ExternalProfile;
use crate::domain::random::OsRandom;
use crate::domain::secret::Secret;
use crate::oauth::oauth1;
use crate::oauth::test_server::{RecordedRequest, TestServer, client, respond};
use crate::oauth::token_endpoint::exchange::{CodeExchange, exchange_code};

/// The requests, step by step, and the resulting profile.
pub(super) struct Journey {
    pub(super) authorize: Url,
    pub(super) steps: Vec<(&'static str, Vec<RecordedRequest>)>,
    pub(super) profile: Result<ExternalProfile, IdentifyError>,
}

/// A server that answers for all hosts of the fixture; the host is the first segment of the path.
struct RecordingServer {
    server: TestServer,
    seen: usize,
}

impl RecordingServer {
    fn new(fixture: &Fixture, provider: &Provider, endpoints: &Endpoints, nonce: &Secret) -> Self {
        let mut token = fixture.token.clone();
        if let Some(claims) = &fixture.id_token {
            token["id_token"] = signed(&completed(claims, provider, nonce)).into();
        }
        let mut answers = fixture.answers.clone();
        answers.insert(at(&endpoints.token), token);
        if let (Some(url), Some(form)) = (&endpoints.request_token, &fixture.request_token) {
            answers.insert(at(url), form.clone().into());
        }
        if let Some(url) = &endpoints.revocation {
            answers.insert(at(url), Value::String(String::new()));
        }
        let server = TestServer::start(move |path| match answers.get(path.trim_start_matches('/')) {
            Some(Value::String(form)) => respond(200, "text/html", form),
            Some(document) => respond(200, "application/json", &document.to_string()),
            None => respond(404, "application/json", "{}"),
        });
        Self { server, seen: 0 }
    }

    /// The same URL at the test server.
    fn here(&self, url: &Url) -> Url {
        let mut here = self.server.url(&format!("/{}", at(url)));
        here.set_query(url.query());
        here
    }

    fn endpoints(&self, real: &Endpoints) -> Endpoints {
        let here = |url: &Option<Url>| url.as_ref().map(|url| self.here(url));
        Endpoints {
            request_token: here(&real.request_token),
            token: self.here(&real.token),
            userinfo: here(&real.userinfo),
            revocation: here(&real.revocation),
            ..real.clone()
        }
    }

    /// The requests since the last call.
    fn since(&mut self) -> Vec<RecordedRequest> {
        let requests = self.server.requests();
        let mut new = requests[self.seen..].to_vec();
        // Calls that run together arrive in any order.
        new.sort_by(|a, b| a.path.cmp(&b.path));
        self.seen = requests.len();
        new
    }
}

fn at(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

/// The claims with the times and nonce of this sign-in.
fn completed(claims: &Value, provider: &Provider, nonce: &Secret) -> Value {
    let mut claims = claims.clone();
    let members = claims.as_object_mut().expect("an object");
    members.retain(|name, _| !["at_hash", "nonce", "nbf"].contains(&name.as_str()));
    claims["iat"] = NOW.seconds().into();
    claims["exp"] = (NOW.seconds() + 300).into();
    if let Some(sent) = provider.sent_nonce(nonce) {
        claims["nonce"] = sent.expose().into();
    }
    claims
}

const REDIRECT_URI: &str = "https://auth.example.test/signin/provider/x/callback";

/// Starts at `provider`, returns with a code, identifies the user, refreshes and revokes.
pub(super) async fn walk(fixture: &Fixture, provider: &Provider) -> Journey {
    let nonce = Secret::new("raw-nonce-0001");
    let real = provider.endpoints().expect("known endpoints");
    let mut recording = RecordingServer::new(fixture, provider, &real, &nonce);
    if matches!(provider.protocol, Protocol::OAuth1) {
        return walk_oauth1(provider, &real, recording).await;
    }
    let params = AuthorizationParams {
        redirect_uri: REDIRECT_URI,
        state: "ST",
        code_challenge: provider.uses_pkce.then_some("CHALLENGE"),
        nonce: Some(&nonce),
        scopes: &provider.scopes,
        parameters: &provider.authorization_parameters(&Default::default()),
    };
    let authorize = provider.authorization_url(&real, params).parse().expect("a URL");
    let (here, http) = (recording.endpoints(&real), client());
    let credentials = provider.credentials(NOW, &OsRandom).expect("credentials");
    let verifier = Secret::new("VERIFIER");
    let exchange = CodeExchange {
        token_endpoint: &here.token,
        client: &credentials,
        redirect_uri: REDIRECT_URI,
        code: &Secret::new("CODE"),
        code_verifier: Some(&verifier).filter(|_| provider.uses_pkce),
    };
    let tokens = exchange_code(&http, exchange).await.expect("tokens");
    let mut steps = vec![("token", recording.since())];

    let keys = keys();
    let context = IdTokenContext {
        tokens: &tokens,
        nonce: Some(&nonce),
        max_age: None,
        endpoints: &real,
        keys: Some(&keys),
        now: NOW,
    };
    let profile = match provider.check_id_token(context) {
        Ok(claims) => provider.identify(&http, &here, &tokens, claims).await,
        Err(error) => Err(error),
    };
    steps.push(("profile", recording.since()));
    if provider.can_refresh() {
        provider.refresh(&http, &here, &credentials, &Secret::new("RT"), REDIRECT_URI).await.expect("refreshed");
        steps.push(("refresh", recording.since()));
    }
    let (access, refresh) = (Secret::new("AT"), Secret::new("RT"));
    if let Some((token, kind)) = provider.token_to_revoke(&here, &access, Some(&refresh)) {
        provider.revoke(&http, &here, &credentials, token, kind).await.expect("revoked");
        steps.push(("revoke", recording.since()));
    }
    Journey { authorize, steps, profile }
}

async fn walk_oauth1(provider: &Provider, real: &Endpoints, mut recording: RecordingServer) -> Journey {
    let (here, http, random) = (recording.endpoints(real), client(), OsRandom);
    let credentials = provider.consumer_credentials().expect("a consumer");
    let endpoint = here.request_token.as_ref().expect("an endpoint");
    let callback = format!("{REDIRECT_URI}?state=ST");
    let temporary =
        oauth1::request_token(&http, endpoint, &credentials, &callback, NOW, &random).await.expect("credentials");
    assert!(temporary.is_callback_confirmed);
    let authorize = oauth1::authorize_url(&real.authorization, &temporary.token);
    let mut steps = vec![("request token", recording.since())];
    let (token, secret) = (&temporary.token, &temporary.secret);
    let verifier = Secret::new("VERIFIER");
    let found = oauth1::access_token(&http, &here.token, &credentials, token, secret, &verifier, NOW, &random).await;
    let found = found.expect("tokens");
    steps.push(("token", recording.since()));
    let userinfo = here.userinfo.as_ref().expect("an endpoint");
    let document = oauth1::get_json(&http, userinfo, &credentials, &found.token, &found.secret, NOW, &random).await;
    let profile = provider.read(&[document.expect("a profile")]);
    steps.push(("profile", recording.since()));
    Journey { authorize, steps, profile }
}
