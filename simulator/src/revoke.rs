//! Token revocation. Revoking either token revokes the whole grant.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::Simulator;
use super::call_counts::Endpoint;
use super::form::Form;
use super::provider::SimulatedProvider;
use super::signed_token::{self, Access, Refresh};
use super::token::check_client;

/// Longer than the lifetime of any token.
const REMEMBER_REVOKED_SECONDS: i64 = 366 * 24 * 3600;

pub(super) fn routes(provider: SimulatedProvider, config: &mut web::ServiceConfig) {
    let Some(path) = provider.patterns().revoke else {
        return;
    };
    let revoke_token = move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
        simulator.call(provider, Endpoint::Revoke, || revoke(&simulator, provider, &request, &body)).await
    };
    let resource = web::resource(path);
    config.service(match provider {
        SimulatedProvider::Github | SimulatedProvider::Facebook => resource.delete(revoke_token),
        _ => resource.post(revoke_token),
    });
}

fn revoke(simulator: &Simulator, provider: SimulatedProvider, request: &HttpRequest, body: &str) -> HttpResponse {
    // GitHub takes JSON, Facebook the query.
    let form = match provider {
        SimulatedProvider::Github => Form::default(),
        SimulatedProvider::Facebook => Form::parse(request.query_string()).unwrap_or_default(),
        _ => Form::parse(body).unwrap_or_default(),
    };
    let is_authenticated = match provider {
        SimulatedProvider::Google | SimulatedProvider::Strava | SimulatedProvider::Facebook => true,
        SimulatedProvider::Twitch => form.get("client_id").is_some_and(|id| simulator.client(id).is_some()),
        _ => check_client(simulator, provider, request, &form).is_ok(),
    };
    if !is_authenticated {
        return HttpResponse::Unauthorized()
            .json(json!({ "error": "invalid_client", "error_description": "client authentication failed" }));
    }
    let token = match provider {
        SimulatedProvider::Github => serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|value| value["access_token"].as_str().map(str::to_owned))
            .unwrap_or_default(),
        SimulatedProvider::Strava => form.get("access_token").unwrap_or_default().to_owned(),
        SimulatedProvider::Facebook => {
            form.get("access_token").or_else(|| bearer_token(request)).unwrap_or_default().to_owned()
        }
        _ => form.get("token").unwrap_or_default().to_owned(),
    };
    answer(provider, revoke_token(simulator, provider, &token), &token)
}

fn bearer_token(request: &HttpRequest) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Revokes the grant of a token; `false` if there was none.
pub(super) fn revoke_token(simulator: &Simulator, provider: SimulatedProvider, token: &str) -> bool {
    let grant = signed_token::decode::<Access>(provider, token)
        .map(|access| access.grant)
        .or_else(|| signed_token::decode::<Refresh>(provider, token).map(|refresh| refresh.grant));
    grant.is_some_and(|grant| revoke_grant(simulator, &grant))
}

/// Revokes a grant; `false` if it was revoked.
pub(super) fn revoke_grant(simulator: &Simulator, grant: &str) -> bool {
    let now = simulator.now();
    simulator.0.revoked_grants.insert(grant, now + REMEMBER_REVOKED_SECONDS, now)
}

fn answer(provider: SimulatedProvider, was_valid: bool, token: &str) -> HttpResponse {
    match (provider, was_valid) {
        (SimulatedProvider::Google, false) => HttpResponse::BadRequest()
            .json(json!({ "error": "invalid_token", "error_description": "Token expired or revoked" })),
        (SimulatedProvider::Github, true) => HttpResponse::NoContent().finish(),
        (SimulatedProvider::Github, false) => {
            HttpResponse::UnprocessableEntity().json(json!({ "message": "Validation Failed" }))
        }
        (SimulatedProvider::Twitch, false) => {
            HttpResponse::BadRequest().json(json!({ "status": 400, "message": "Invalid token" }))
        }
        (SimulatedProvider::Strava, false) => {
            HttpResponse::Unauthorized().json(json!({ "message": "Authorization Error" }))
        }
        (SimulatedProvider::Facebook, false) => HttpResponse::BadRequest().json(json!({
            "error": { "message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190 }
        })),
        // Apple and Twitch send an empty body.
        (SimulatedProvider::Apple | SimulatedProvider::Twitch, _) => HttpResponse::Ok().finish(),
        (SimulatedProvider::Strava, true) => HttpResponse::Ok().json(json!({ "access_token": token })),
        (SimulatedProvider::Facebook, true) => HttpResponse::Ok().json(json!({ "success": true })),
        (SimulatedProvider::X, _) => HttpResponse::Ok().json(json!({ "revoked": true })),
        // RFC 7009, section 2.2: an unknown token counts as revoked.
        _ => HttpResponse::Ok().json(json!({})),
    }
}
