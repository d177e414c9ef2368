//! The crate `openidconnect` signs in at the simulated providers, and meets their failures.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects by breaking")]

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use awc::error::SendRequestError;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenVerifier, CoreProviderMetadata, CoreTokenResponse,
    CoreUserInfoClaims,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, SubjectIdentifier, TokenResponse,
    http,
};
use url::Url;
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET};
use vouchsafe_simulator::{Endpoint, Failure, IdTokenFlaw, RunningSimulator, SimulatedProvider, Simulator, TENANT};

/// Nothing listens here: redirects are not followed.
const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[expect(clippy::disallowed_methods, reason = "a plain client for tests")]
fn http_client() -> awc::Client {
    awc::Client::builder().disable_redirects().timeout(std::time::Duration::from_secs(60)).finish()
}

/// The HTTP client that the crate calls.
async fn send(request: HttpRequest) -> Result<HttpResponse, SendRequestError> {
    let (parts, body) = request.into_parts();
    let method = Method::from_bytes(parts.method.as_str().as_bytes()).unwrap();
    let mut outgoing = http_client().request(method, parts.uri.to_string());
    for (name, value) in &parts.headers {
        outgoing = outgoing.append_header((name.as_str(), value.as_bytes()));
    }
    let mut incoming = outgoing.send_body(body).await?;
    let mut response = http::Response::builder().status(incoming.status().as_u16());
    for (name, value) in incoming.headers() {
        response = response.header(name.as_str(), value.as_bytes());
    }
    Ok(response.body(incoming.body().await.unwrap().to_vec()).unwrap())
}

async fn discover(simulator: &Simulator, provider: SimulatedProvider) -> CoreProviderMetadata {
    let issuer = match provider {
        SimulatedProvider::Entraid => simulator.endpoints_in(provider, TENANT).issuer,
        _ => simulator.endpoints(provider).issuer,
    };
    CoreProviderMetadata::discover_async(IssuerUrl::new(issuer).unwrap(), &send).await.unwrap()
}

/// A client for one provider; its type names which endpoints are known.
macro_rules! client {
    ($metadata:expr, $provider:expr) => {
        CoreClient::from_provider_metadata(
            $metadata.clone(),
            ClientId::new(CLIENT_ID.to_owned()),
            Some(ClientSecret::new(CLIENT_SECRET.to_owned())),
        )
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap())
        .set_auth_type(match $provider {
            SimulatedProvider::Oidc => AuthType::BasicAuth,
            _ => AuthType::RequestBody,
        })
    };
}

/// Mira's tokens and the nonce of her sign-in; an error as text.
async fn tokens(
    metadata: &CoreProviderMetadata,
    provider: SimulatedProvider,
) -> Result<(CoreTokenResponse, Nonce), String> {
    let client = client!(metadata, provider);
    let nonce = Nonce::new("a-nonce".to_owned());
    let verifier = PkceCodeVerifier::new(VERIFIER.to_owned());
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            || CsrfToken::new("a-state".to_owned()),
            move || nonce,
        )
        .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
        .add_extra_param("login_hint", "mira")
        .url();
    let response = http_client().get(url.as_str()).send().await.unwrap();
    let location = response.headers().get(LOCATION).expect("a redirect").to_str().unwrap();
    let answer: HashMap<_, _> = Url::parse(location).unwrap().query_pairs().into_owned().collect();
    assert_eq!(answer["state"], *state.secret());
    let request = client.exchange_code(AuthorizationCode::new(answer["code"].clone())).unwrap();
    let tokens = request.set_pkce_verifier(verifier).request_async(&send).await;
    Ok((tokens.map_err(|error| format!("{error:?}"))?, nonce))
}

/// Signs Mira in: the tokens, and the subject of the verified id_token.
async fn sign_in(
    metadata: &CoreProviderMetadata,
    provider: SimulatedProvider,
) -> Result<(CoreTokenResponse, SubjectIdentifier), String> {
    let (tokens, nonce) = tokens(metadata, provider).await?;
    let subject = subject(&tokens, &client!(metadata, provider).id_token_verifier(), &nonce)?;
    Ok((tokens, subject))
}

fn subject(
    tokens: &CoreTokenResponse,
    verifier: &CoreIdTokenVerifier<'_>,
    nonce: &Nonce,
) -> Result<SubjectIdentifier, String> {
    let claims = tokens.id_token().ok_or("no id_token")?.claims(verifier, nonce);
    Ok(claims.map_err(|error| error.to_string())?.subject().clone())
}

async fn profile(
    metadata: &CoreProviderMetadata,
    tokens: &CoreTokenResponse,
    expected: Option<SubjectIdentifier>,
) -> Result<CoreUserInfoClaims, String> {
    let client = client!(metadata, SimulatedProvider::Oidc);
    let request = client.user_info(tokens.access_token().clone(), expected).unwrap();
    request.request_async(&send).await.map_err(|error| format!("{error:?}"))
}

#[actix_web::test]
async fn crate_signs_in_at_every_provider_that_it_supports() {
    let simulator = Simulator::start().unwrap();
    for provider in [
        SimulatedProvider::Google,
        SimulatedProvider::Gitlab,
        SimulatedProvider::Discord,
        SimulatedProvider::Entraid,
        SimulatedProvider::Oidc,
    ] {
        let metadata = discover(&simulator, provider).await;
        let (tokens, subject) =
            sign_in(&metadata, provider).await.unwrap_or_else(|error| panic!("{provider:?}: {error}"));
        let profile = profile(&metadata, &tokens, Some(subject)).await.unwrap();
        assert_eq!(profile.email().unwrap().as_str(), "mira@example.org", "{provider:?}");
    }
}

/// `Simulator::start` needs no runtime of a certain kind; the HTTP client of this test needs a local set.
#[tokio::test]
async fn simulator_runs_beside_a_tokio_test() {
    let test = async {
        let simulator = Simulator::start().unwrap();
        let metadata = discover(&simulator, SimulatedProvider::Google).await;
        sign_in(&metadata, SimulatedProvider::Google).await.unwrap();
        assert_eq!(simulator.counts().google.token, 1);
    };
    tokio::task::LocalSet::new().run_until(test).await;
}

#[actix_web::test]
async fn flawed_id_token_is_refused() {
    let (simulator, metadata) = oidc().await;
    for flaw in [
        IdTokenFlaw::Audience,
        IdTokenFlaw::Issuer,
        IdTokenFlaw::Nonce,
        IdTokenFlaw::NoNonce,
        IdTokenFlaw::Stale,
        IdTokenFlaw::Unsigned,
        IdTokenFlaw::Symmetric,
        IdTokenFlaw::Signature,
        IdTokenFlaw::UnknownKey,
    ] {
        simulator.fail_times(SimulatedProvider::Oidc, Failure::IdToken(flaw), 1);
        assert!(sign_in(&metadata, SimulatedProvider::Oidc).await.is_err(), "{flaw:?}");
    }
    sign_in(&metadata, SimulatedProvider::Oidc).await.unwrap();
}

#[actix_web::test]
async fn new_key_is_unknown_until_the_client_discovers_again() {
    let (simulator, metadata) = oidc().await;
    simulator.fail_times(SimulatedProvider::Oidc, Failure::IdToken(IdTokenFlaw::NewKey), 1);
    for _ in 0..2 {
        let error = sign_in(&metadata, SimulatedProvider::Oidc).await.unwrap_err();
        assert!(error.contains("No matching key") || error.contains("Signature"), "{error}");
    }
    let metadata = discover(&simulator, SimulatedProvider::Oidc).await;
    sign_in(&metadata, SimulatedProvider::Oidc).await.unwrap();
}

#[actix_web::test]
async fn expires_in_text_or_wrong_content_type_cannot_be_read() {
    let (simulator, metadata) = oidc().await;
    simulator.fail_times(SimulatedProvider::Oidc, Failure::ExpiresInText, 1);
    let error = tokens(&metadata, SimulatedProvider::Oidc).await.unwrap_err();
    assert!(error.contains("expires_in"), "{error}");
    simulator.fail_times(SimulatedProvider::Oidc, Failure::WrongContentType(Endpoint::Token), 1);
    let error = tokens(&metadata, SimulatedProvider::Oidc).await.unwrap_err();
    assert!(error.contains("text/plain"), "{error}");
    tokens(&metadata, SimulatedProvider::Oidc).await.unwrap();
}

#[actix_web::test]
async fn text_booleans_need_a_feature_of_the_crate() {
    let (simulator, metadata) = oidc().await;
    let (tokens, subject) = sign_in(&metadata, SimulatedProvider::Oidc).await.unwrap();
    simulator.fail(SimulatedProvider::Oidc, Failure::TextBooleans);
    let error = profile(&metadata, &tokens, Some(subject.clone())).await.unwrap_err();
    assert!(error.contains("email_verified") || error.contains("boolean"), "{error}");
    simulator.recover(SimulatedProvider::Oidc);
    assert_eq!(profile(&metadata, &tokens, Some(subject)).await.unwrap().email_verified(), Some(true));
}

#[actix_web::test]
async fn other_user_is_believed_unless_the_subject_is_named() {
    let (simulator, metadata) = oidc().await;
    let (tokens, subject) = sign_in(&metadata, SimulatedProvider::Oidc).await.unwrap();
    simulator.fail(SimulatedProvider::Oidc, Failure::OtherUser);
    let naive = profile(&metadata, &tokens, None).await.unwrap();
    assert_ne!(*naive.subject(), subject);
    assert!(profile(&metadata, &tokens, Some(subject)).await.is_err());
}

async fn oidc() -> (RunningSimulator, CoreProviderMetadata) {
    let simulator = Simulator::start().unwrap();
    let metadata = discover(&simulator, SimulatedProvider::Oidc).await;
    // Keys are generated on first use; the metadata has those of now.
    (simulator, metadata)
}
