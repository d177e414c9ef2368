//! One walk through everything that a provider is asked, against a server that remembers it.

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

/// What was asked, step by step, and who came of it.
pub(super) struct Journey {
    pub(super) authorize: Url,
    pub(super) steps: Vec<(&'static str, Vec<RecordedRequest>)>,
    pub(super) person: Result<ExternalProfile, IdentifyError>,
}

/// A server that answers for all hosts of the fixture: the host is the first part of the path.
struct World {
    server: TestServer,
    seen: usize,
}

impl World {
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

    /// The same address, answered here.
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

    /// What was asked since the last look.
    fn since(&mut self) -> Vec<RecordedRequest> {
        let request = self.server.requests();
        let new = request[self.seen..].to_vec();
        self.seen = request.len();
        new
    }
}

fn at(url: &Url) -> String {
    format!("{}{}", url.host_str().unwrap_or_default(), url.path())
}

/// Claims as they would be now, for this sign-in.
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

/// Begins at `provider`, comes back with a code, and does all that may follow.
pub(super) async fn walk(fixture: &Fixture, provider: &Provider) -> Journey {
    let nonce = Secret::new("raw-nonce-0001");
    let real = provider.endpoints().expect("known endpoints");
    let mut world = World::new(fixture, provider, &real, &nonce);
    if matches!(provider.protocol, Protocol::OAuth1) {
        return walk_signed(provider, &real, world).await;
    }
    let params = AuthorizationParams {
        redirect_uri: REDIRECT_URI,
        state: "ST",
        code_challenge: provider.uses_pkce.then_some("CHALLENGE"),
        nonce: Some(&nonce),
        parameters: &provider.authorization_parameters(&Default::default()),
    };
    let authorize = provider.authorization_url(&real, params);
    let (here, http) = (world.endpoints(&real), client());
    let me = provider.credentials(NOW, &OsRandom).expect("credentials");
    let verifier = Secret::new("VERIFIER");
    let exchange = CodeExchange {
        token_endpoint: &here.token,
        client: &me,
        redirect_uri: REDIRECT_URI,
        code: &Secret::new("CODE"),
        code_verifier: Some(&verifier).filter(|_| provider.uses_pkce),
    };
    let tokens = exchange_code(&http, exchange).await.expect("tokens");
    let mut steps = vec![("token", world.since())];

    let keys = keys();
    let answered = IdTokenContext { tokens: &tokens, nonce: Some(&nonce), keys: Some(&keys), now: NOW };
    let person = match provider.check_id_token(answered) {
        Ok(claims) => provider.identify(&http, &here, &tokens, claims).await,
        Err(error) => Err(error),
    };
    steps.push(("profile", world.since()));
    if provider.can_refresh() {
        provider.refresh(&http, &here, &me, &Secret::new("RT"), REDIRECT_URI).await.expect("refreshed");
        steps.push(("refresh", world.since()));
    }
    let (access, refresh) = (Secret::new("AT"), Secret::new("RT"));
    if let Some((token, kind)) = provider.token_to_revoke(&here, &access, Some(&refresh)) {
        provider.revoke(&http, &here, &me, token, kind).await.expect("revoked");
        steps.push(("revoke", world.since()));
    }
    Journey { authorize, steps, person }
}

async fn walk_signed(provider: &Provider, real: &Endpoints, mut world: World) -> Journey {
    let (here, http, chance) = (world.endpoints(real), client(), OsRandom);
    let me = provider.consumer_credentials().expect("a consumer");
    let endpoint = here.request_token.as_ref().expect("an endpoint");
    let callback = format!("{REDIRECT_URI}?state=ST");
    let temporary = oauth1::request_token(&http, endpoint, &me, &callback, NOW, &chance).await.expect("credentials");
    assert!(temporary.is_callback_confirmed);
    let authorize = oauth1::authorize_url(&real.authorization, &temporary.token);
    let mut steps = vec![("request token", world.since())];
    let (token, secret) = (&temporary.token, &temporary.secret);
    let verifier = Secret::new("VERIFIER");
    let found = oauth1::access_token(&http, &here.token, &me, token, secret, &verifier, NOW, &chance).await;
    let found = found.expect("tokens");
    steps.push(("token", world.since()));
    let userinfo = here.userinfo.as_ref().expect("an endpoint");
    let document = oauth1::get_json(&http, userinfo, &me, &found.token, &found.secret, NOW, &chance).await;
    let person = provider.read(&[document.expect("a profile")]);
    steps.push(("profile", world.since()));
    Journey { authorize, steps, person }
}
