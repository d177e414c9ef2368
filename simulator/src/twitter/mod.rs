//! OAuth 1.0a as Twitter does it: every call is signed, and each step is authorized by a token of the one before.

mod profile;
mod signature;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::{Url, form_urlencoded};

use super::Simulator;
use super::authorization_request::{AuthorizationRequest, AuthorizeError, ResponseTarget};
use super::call_counts::Endpoint;
use super::failure::Failure;
use super::form::Form;
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::revoke;
use super::signed_token::{self, Access, SignedToken};
use signature::Signed;

/// Lifetime of a request token and its verifier.
const SECONDS: i64 = 600;

/// Identifies a started sign-in.
#[derive(Debug, Serialize, Deserialize)]
struct RequestToken {
    id: String,
    /// The client's id.
    client: String,
    callback: String,
    expires_at: i64,
}

/// Proves that the user consented.
#[derive(Debug, Serialize, Deserialize)]
struct Verifier {
    request: String,
    persona: String,
}

impl SignedToken for RequestToken {
    const KIND: &'static str = "request";
    const PREFIX: usize = 0;
}

impl SignedToken for Verifier {
    const KIND: &'static str = "verifier";
    const PREFIX: usize = 0;
}

/// Why a signed call is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Wrong signature, client, nonce or header.
    Signature,
    Timestamp,
    Callback,
    Verifier,
    Token,
    Internal,
}

impl Fault {
    fn answer(self) -> HttpResponse {
        let (status, code, message) = match self {
            Self::Signature => (StatusCode::UNAUTHORIZED, 32, "Could not authenticate you."),
            Self::Timestamp => (StatusCode::UNAUTHORIZED, 135, "Timestamp out of bounds."),
            Self::Callback => (StatusCode::FORBIDDEN, 415, "Callback URL not approved for this client application."),
            Self::Token => (StatusCode::UNAUTHORIZED, 89, "Invalid or expired token."),
            Self::Verifier => {
                return HttpResponse::Unauthorized()
                    .content_type("text/plain")
                    .body("Error processing your OAuth request: Invalid oauth_verifier parameter");
            }
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, 131, "Internal error"),
        };
        HttpResponse::build(status).json(json!({ "errors": [{ "code": code, "message": message }] }))
    }
}

pub(super) fn routes(config: &mut web::ServiceConfig) {
    let patterns = SimulatedProvider::Twitter.patterns();
    let mut add = |path: String, endpoint: Endpoint, answer: Answer| {
        let call = move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
            let answer = || answer(&simulator, &request, &body).unwrap_or_else(Fault::answer);
            simulator.call(SimulatedProvider::Twitter, endpoint, answer).await
        };
        let resource = web::resource(path);
        config.service(if endpoint == Endpoint::Userinfo { resource.get(call) } else { resource.post(call) });
    };
    add(patterns.token, Endpoint::Token, access_token);
    add(patterns.userinfo, Endpoint::Userinfo, profile::verify_credentials);
    let (begin, end) = (patterns.request_token, patterns.revoke);
    begin.into_iter().for_each(|path| add(path, Endpoint::RequestToken, request_token));
    end.into_iter().for_each(|path| add(path, Endpoint::Revoke, invalidate));
}

type Answer = fn(&Simulator, &HttpRequest, &str) -> Result<HttpResponse, Fault>;

fn request_token(simulator: &Simulator, request: &HttpRequest, body: &str) -> Result<HttpResponse, Fault> {
    let signed = signature::check(simulator, request, body, |_| vec![String::new()])?;
    let callback = signed.get("oauth_callback").filter(|text| signed.client.allowed(text).is_some());
    let token = RequestToken {
        id: simulator.fresh_id(),
        callback: callback.ok_or(Fault::Callback)?.to_owned(),
        expires_at: simulator.now() + SECONDS,
        client: signed.client.id,
    };
    let token = signed_token::encode(SimulatedProvider::Twitter, &token).ok_or(Fault::Internal)?;
    let secret = signed_token::token_secret(&token);
    Ok(as_form(&[("oauth_token", &token), ("oauth_token_secret", &secret), ("oauth_callback_confirmed", "true")]))
}

/// The authorization request that a request token stands for.
pub(super) fn authorization_request(
    simulator: &Simulator,
    form: &Form,
) -> Result<AuthorizationRequest, AuthorizeError> {
    let unknown =
        AuthorizeError::Page { code: "invalid_token", detail: "This page is not valid any more: start again." };
    let Some(text) = form.get("oauth_token") else {
        return Err(unknown);
    };
    let (Some(token), now) = (signed_token::decode::<RequestToken>(SimulatedProvider::Twitter, text), simulator.now())
    else {
        return Err(unknown);
    };
    let Some(url) =
        Url::parse(&token.callback).ok().filter(|_| now < token.expires_at && !simulator.0.used.contains(&token.id))
    else {
        return Err(unknown);
    };
    Ok(AuthorizationRequest {
        client: token.client,
        target: ResponseTarget { url, state: None, form_post: false },
        redirect_uri: token.callback,
        scope: String::new(),
        nonce: None,
        challenge: None,
        claims: None,
        asks_auth_time: false,
        offline: false,
        hybrid: false,
        tenant: None,
        request_token: Some(text.to_owned()),
    })
}

/// The parameters of a granted request; `None` if they cannot be encoded.
pub(super) fn verified(token: &str, persona: &Persona) -> Option<Vec<(&'static str, String)>> {
    let request = signed_token::decode::<RequestToken>(SimulatedProvider::Twitter, token)?;
    let verifier = Verifier { request: request.id, persona: persona.id.clone().into_owned() };
    Some(vec![
        ("oauth_token", token.to_owned()),
        ("oauth_verifier", signed_token::encode(SimulatedProvider::Twitter, &verifier)?),
    ])
}

fn access_token(simulator: &Simulator, request: &HttpRequest, body: &str) -> Result<HttpResponse, Fault> {
    // Twitter accepts a signature without the request token's secret.
    let signed = signature::check(simulator, request, body, |signed| {
        vec![signed.get("oauth_token").map(signed_token::token_secret).unwrap_or_default(), String::new()]
    })?;
    let read = |key: &str| signed.get(key);
    let token: RequestToken = read("oauth_token")
        .and_then(|text| signed_token::decode(SimulatedProvider::Twitter, text))
        .ok_or(Fault::Token)?;
    let verifier: Verifier = read("oauth_verifier")
        .and_then(|text| signed_token::decode(SimulatedProvider::Twitter, text))
        .ok_or(Fault::Verifier)?;
    let now = simulator.now();
    let is_foreign = verifier.request != token.id || signed.client.id != token.client;
    let is_bad = is_foreign || simulator.0.faults.strikes(SimulatedProvider::Twitter, Failure::BadCode);
    if now >= token.expires_at || !simulator.0.used.insert(&token.id, token.expires_at, now) || is_bad {
        return Err(Fault::Verifier);
    }
    let persona = simulator.persona(&verifier.persona).ok_or(Fault::Verifier)?;
    let access = Access {
        id: simulator.fresh_id(),
        grant: token.id,
        client: token.client,
        persona: verifier.persona,
        scope: String::new(),
        expires_at: None,
    };
    let id = persona.subject(SimulatedProvider::Twitter);
    let token = format!("{id}-{}", signed_token::encode(SimulatedProvider::Twitter, &access).ok_or(Fault::Internal)?);
    Ok(as_form(&[
        ("oauth_token", &token),
        ("oauth_token_secret", &signed_token::token_secret(&token)),
        ("user_id", &id),
        ("screen_name", &persona.github_login),
    ]))
}

fn invalidate(simulator: &Simulator, request: &HttpRequest, body: &str) -> Result<HttpResponse, Fault> {
    let signed = by_access_token(simulator, request, body)?;
    let token = signed.get("oauth_token").unwrap_or_default();
    let (_, inner) = token.split_once('-').ok_or(Fault::Token)?;
    if !revoke::revoke_token(simulator, SimulatedProvider::Twitter, inner) {
        return Err(Fault::Token);
    }
    Ok(HttpResponse::Ok().json(json!({ "access_token": token })))
}

/// Checks a call signed with an access token's secret.
fn by_access_token(simulator: &Simulator, request: &HttpRequest, body: &str) -> Result<Signed, Fault> {
    signature::check(simulator, request, body, |signed| {
        signed.get("oauth_token").map(signed_token::token_secret).into_iter().collect()
    })
}

/// Form-encoded without a charset, as Twitter sends it.
fn as_form(pairs: &[(&str, &str)]) -> HttpResponse {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    HttpResponse::Ok().content_type("application/x-www-form-urlencoded").body(body)
}
