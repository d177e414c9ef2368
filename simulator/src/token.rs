//! The token endpoint of every provider. The first request of an authenticated client uses up the code, even if the
//! request fails for another reason.

mod client;
mod grant;
mod response;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, DATE, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::format_description;
use url::form_urlencoded;

use super::Simulator;
use super::call_counts::Endpoint;
use super::failure::Failure;
use super::form::Form;
use super::provider::SimulatedProvider;
use super::tenant;
use super::token_error::TokenError;
use super::traits::RefreshTokenPolicy;

pub(super) use client::check as check_client;

pub(super) fn routes(provider: SimulatedProvider, config: &mut web::ServiceConfig) {
    config.service(web::resource(provider.patterns().token).post(
        move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
            let response =
                simulator.call(provider, Endpoint::Token, || exchange(&simulator, provider, &request, &body)).await;
            if let Some(delay) = simulator.answer_delay(provider) {
                actix_web::rt::time::sleep(delay).await;
            }
            response
        },
    ));
}

fn exchange(simulator: &Simulator, provider: SimulatedProvider, request: &HttpRequest, body: &str) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    if simulator.0.faults.strikes(provider, Failure::ClockAhead) {
        response.insert_header((DATE, http_date(simulator.now() + 3600)));
    }
    let answer = match tokens(simulator, provider, request, body) {
        Ok(answer) => answer,
        Err(error) => {
            let (status, answer) = error.response(provider, simulator.now());
            response.status(status);
            if status.as_u16() == 401 {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="simulator""#));
            }
            answer
        }
    };
    if provider == SimulatedProvider::Github && !wants_json(request) {
        response.content_type("application/x-www-form-urlencoded; charset=utf-8").body(as_form(&answer))
    } else {
        response.json(answer)
    }
}

fn tokens(
    simulator: &Simulator,
    provider: SimulatedProvider,
    request: &HttpRequest,
    body: &str,
) -> Result<Value, TokenError> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(TokenError::Request("The body has to be application/x-www-form-urlencoded."));
    }
    if request.match_info().get("tenant").is_some_and(|tenant| !tenant::exists(tenant)) {
        return Err(TokenError::Request("There is no such tenant."));
    }
    let form = Form::parse(body).ok_or(TokenError::Request("A parameter comes twice."))?;
    let client = client::check(simulator, provider, request, &form)?;
    match (form.get("grant_type"), provider) {
        // GitHub does not require a grant type.
        (Some("authorization_code"), _) | (None, SimulatedProvider::Github) => {
            grant::by_code(simulator, provider, &client, &form)
        }
        (Some("refresh_token"), _) if provider.traits().refresh_token_policy != RefreshTokenPolicy::Never => {
            grant::by_refresh_token(simulator, provider, &client, &form)
        }
        (Some("fb_exchange_token"), SimulatedProvider::Facebook) => {
            grant::by_access_token(simulator, provider, &client, &form)
        }
        (None, _) => Err(TokenError::Request("The grant_type is missing.")),
        _ => Err(TokenError::GrantType),
    }
}

/// RFC 9110 section 5.6.7.
fn http_date(seconds: i64) -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    let date = OffsetDateTime::from_unix_timestamp(seconds).ok();
    date.and_then(|date| date.format(format).ok()).unwrap_or_default()
}

fn wants_json(request: &HttpRequest) -> bool {
    request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("json"))
}

fn as_form(answer: &Value) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (key, value) in answer.as_object().into_iter().flatten() {
        form.append_pair(key, value.as_str().unwrap_or_default());
    }
    form.finish()
}
