//! Where a token is taken back. Either token takes the whole grant with it.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::counts::Place;
use super::form::Form;
use super::house::House;
use super::slip::{self, Access, Refresh};
use super::token::check_client;
use super::{CLIENT_ID, Simulator};

/// Longer than any token that a revocation concerns.
const REMEMBER_REVOKED_SECONDS: i64 = 366 * 24 * 3600;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    let Some(path) = house.patterns().revoke else {
        return;
    };
    let take_back = move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
        match simulator.enter(house, Place::Revoke).await {
            Ok(()) => revoke(&simulator, house, &request, &body),
            Err(trouble) => trouble,
        }
    };
    let resource = web::resource(path);
    config.service(match house {
        House::Github | House::Facebook => resource.delete(take_back),
        _ => resource.post(take_back),
    });
}

fn revoke(simulator: &Simulator, house: House, request: &HttpRequest, body: &str) -> HttpResponse {
    // GitHub reads JSON, Facebook the query.
    let form = match house {
        House::Github => Form::default(),
        House::Facebook => Form::parse(request.query_string()).unwrap_or_default(),
        _ => Form::parse(body).unwrap_or_default(),
    };
    let is_known = match house {
        House::Google | House::Strava | House::Facebook => true,
        House::Twitch => form.get("client_id") == Some(CLIENT_ID),
        _ => check_client(simulator, house, request, &form).is_ok(),
    };
    if !is_known {
        return HttpResponse::Unauthorized()
            .json(json!({ "error": "invalid_client", "error_description": "client authentication failed" }));
    }
    let token = match house {
        House::Github => serde_json::from_str::<Value>(body)
            .ok()
            .and_then(|value| value["access_token"].as_str().map(str::to_owned))
            .unwrap_or_default(),
        House::Strava => form.get("access_token").unwrap_or_default().to_owned(),
        House::Facebook => form.get("access_token").or_else(|| in_header(request)).unwrap_or_default().to_owned(),
        _ => form.get("token").unwrap_or_default().to_owned(),
    };
    answer(house, take_back(simulator, house, &token), &token)
}

fn in_header(request: &HttpRequest) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Forgets what a token opened; `false` if it opened nothing.
pub(super) fn take_back(simulator: &Simulator, house: House, token: &str) -> bool {
    let grant = slip::read::<Access>(house, token)
        .map(|access| access.grant)
        .or_else(|| slip::read::<Refresh>(house, token).map(|refresh| refresh.grant));
    let Some(grant) = grant else {
        return false;
    };
    let now = simulator.now();
    simulator.0.revoked.write(&grant, now + REMEMBER_REVOKED_SECONDS, now)
}

fn answer(house: House, was_good: bool, token: &str) -> HttpResponse {
    match (house, was_good) {
        (House::Google, false) => HttpResponse::BadRequest()
            .json(json!({ "error": "invalid_token", "error_description": "Token expired or revoked" })),
        (House::Github, true) => HttpResponse::NoContent().finish(),
        (House::Github, false) => HttpResponse::UnprocessableEntity().json(json!({ "message": "Validation Failed" })),
        (House::Twitch, false) => HttpResponse::BadRequest().json(json!({ "status": 400, "message": "Invalid token" })),
        (House::Strava, false) => HttpResponse::Unauthorized().json(json!({ "message": "Authorization Error" })),
        (House::Facebook, false) => HttpResponse::BadRequest().json(json!({
            "error": { "message": "Invalid OAuth access token.", "type": "OAuthException", "code": 190 }
        })),
        // Apple and Twitch say it with an empty body.
        (House::Apple | House::Twitch, _) => HttpResponse::Ok().finish(),
        (House::Strava, true) => HttpResponse::Ok().json(json!({ "access_token": token })),
        (House::Facebook, true) => HttpResponse::Ok().json(json!({ "success": true })),
        (House::X, _) => HttpResponse::Ok().json(json!({ "revoked": true })),
        // RFC 7009, section 2.2: a token that is not known is as good as taken back.
        _ => HttpResponse::Ok().json(json!({})),
    }
}
