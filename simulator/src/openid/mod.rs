//! OpenID Connect: discovery, key sets and id_tokens.

mod claims;
mod discovery;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::call_counts::Endpoint;
use super::failure::{Failure, IdTokenFlaw};
use super::keys::{Signing, at_hash};
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::{Simulator, tenant};
use claims::Claims;

/// What an `id_token` is made from.
pub(super) struct IdTokenRequest<'a> {
    /// The id of the client that it is for.
    pub(super) client: &'a str,
    pub(super) scope: &'a str,
    pub(super) nonce: Option<String>,
    /// The `claims` parameter of the authorization request.
    pub(super) claims: Option<&'a str>,
    /// When the user was authenticated, if the request asks for it.
    pub(super) auth_time: Option<i64>,
    /// The access token issued with it.
    pub(super) access_token: Option<&'a str>,
}

pub(super) fn routes(provider: SimulatedProvider, config: &mut web::ServiceConfig) {
    let patterns = provider.patterns();
    if let Some(path) = patterns.discovery {
        config.service(web::resource(path).get(
            move |simulator: web::Data<Simulator>, request: HttpRequest| async move {
                let answer = || {
                    let tenant = request.match_info().get("tenant").unwrap_or("common");
                    if !tenant::exists(tenant) {
                        return HttpResponse::BadRequest().json(json!({ "error": "invalid_tenant" }));
                    }
                    let mut document = discovery::document(&simulator, provider, tenant);
                    if simulator.0.faults.strikes(provider, Failure::OtherIssuer) {
                        document["issuer"] = json!("https://other.example");
                    }
                    json_document(Some(document))
                };
                simulator.call(provider, Endpoint::Discovery, answer).await
            },
        ));
    }
    if let Some(path) = patterns.jwks {
        config.service(web::resource(path).get(move |simulator: web::Data<Simulator>| async move {
            let answer = || {
                let is_empty = simulator.0.faults.strikes(provider, Failure::NoKeys);
                let keys = if is_empty { Some(json!({ "keys": [] })) } else { simulator.keys(provider).published() };
                json_document(keys)
            };
            simulator.call(provider, Endpoint::Jwks, answer).await
        }));
    }
}

fn json_document(document: Option<Value>) -> HttpResponse {
    match document {
        Some(document) => HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=3600")).json(document),
        None => HttpResponse::InternalServerError().finish(),
    }
}

/// A signed `id_token`; `None` if key generation fails.
pub(super) fn id_token(
    simulator: &Simulator,
    provider: SimulatedProvider,
    persona: &Persona,
    asked: IdTokenRequest<'_>,
) -> Option<String> {
    let flaw = simulator.0.faults.id_token_flaw(provider);
    let now = match flaw {
        Some(IdTokenFlaw::Stale) => simulator.now() - 2 * 3600,
        Some(IdTokenFlaw::Future) => simulator.now() + 2 * 3600,
        _ => simulator.now(),
    };
    let mut claims = claims::id_token_claims(simulator, provider, persona, &asked);
    claims.put("auth_time", asked.auth_time);
    let seconds = match provider {
        SimulatedProvider::Apple => 24 * 3600,
        SimulatedProvider::Twitch => 900,
        _ => 3600,
    };
    claims.put("iss", Some(issuer(simulator, provider, persona)));
    claims.put("aud", Some(asked.client));
    claims.put("iat", Some(now));
    claims.put("exp", Some(now + seconds));
    if matches!(provider, SimulatedProvider::Google | SimulatedProvider::Twitch) {
        claims.put("azp", Some(asked.client));
    }
    if matches!(provider, SimulatedProvider::Apple | SimulatedProvider::Google | SimulatedProvider::Oidc) {
        claims.put("at_hash", asked.access_token.map(at_hash));
    }
    // LinkedIn ignores the nonce.
    if provider != SimulatedProvider::Linkedin {
        claims.put("nonce", asked.nonce);
    }
    match flaw {
        Some(IdTokenFlaw::Audience) => {
            claims.put("aud", Some("another-client"));
            claims.put("azp", Some("another-client"));
        }
        Some(IdTokenFlaw::Issuer) => claims.put("iss", Some("https://another-issuer.test")),
        Some(IdTokenFlaw::Nonce) => claims.put("nonce", Some("of-another-sign-in")),
        Some(IdTokenFlaw::NoNonce) => claims.remove("nonce"),
        Some(IdTokenFlaw::AccessTokenHash) => claims.put("at_hash", Some(at_hash("another-token"))),
        _ => {}
    }
    let signing = match flaw {
        Some(IdTokenFlaw::Unsigned) => Signing::Unsigned,
        Some(IdTokenFlaw::Symmetric) => Signing::Symmetric,
        Some(IdTokenFlaw::Signature) => Signing::Wrong,
        Some(IdTokenFlaw::UnknownKey) => Signing::Unpublished,
        Some(IdTokenFlaw::NewKey) => Signing::Replaced,
        _ => Signing::Newest,
    };
    simulator.keys(provider).sign(&claims_value(simulator, provider, claims), signing)
}

/// The document of the userinfo endpoint.
pub(super) fn userinfo(simulator: &Simulator, provider: SimulatedProvider, persona: &Persona, scope: &str) -> Value {
    claims_value(simulator, provider, claims::userinfo_claims(simulator, provider, persona, scope))
}

fn claims_value(simulator: &Simulator, provider: SimulatedProvider, mut claims: Claims) -> Value {
    // Both documents, so this has no number of times.
    if simulator.0.faults.has(provider, Failure::TextBooleans) {
        claims.write_booleans_as_text();
    }
    claims.into_value()
}

/// Microsoft's issuer names the user's tenant, whichever tenant is in the path.
fn issuer(simulator: &Simulator, provider: SimulatedProvider, persona: &Persona) -> String {
    simulator.endpoints_in(provider, persona.tenant()).issuer
}
