//! The token endpoint of every house: who asks, what they present, and what they get for it. A code is spent by
//! its first presentation of a client that proved itself, whatever else is wrong with the request.

mod answer;
mod client;
mod grant;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use url::form_urlencoded;

use super::Simulator;
use super::counts::Place;
use super::form::Form;
use super::habits::Offer;
use super::house::House;
use super::refusal::Refusal;
use super::tenant;

pub(super) use client::check as check_client;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    config.service(web::resource(house.patterns().token).post(
        move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
            match simulator.enter(house, Place::Token).await {
                Ok(()) => exchange(&simulator, house, &request, &body),
                Err(trouble) => trouble,
            }
        },
    ));
}

fn exchange(simulator: &Simulator, house: House, request: &HttpRequest, body: &str) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    let answer = match tokens(simulator, house, request, body) {
        Ok(answer) => answer,
        Err(refusal) => {
            let (status, answer) = refusal.answer(house, simulator.0.clock.now());
            response.status(status);
            if status.as_u16() == 401 {
                response.insert_header((WWW_AUTHENTICATE, r#"Basic realm="simulator""#));
            }
            answer
        }
    };
    if house == House::Github && !wants_json(request) {
        response.content_type("application/x-www-form-urlencoded; charset=utf-8").body(as_form(&answer))
    } else {
        response.json(answer)
    }
}

fn tokens(simulator: &Simulator, house: House, request: &HttpRequest, body: &str) -> Result<Value, Refusal> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(Refusal::Request("The body has to be application/x-www-form-urlencoded."));
    }
    if request.match_info().get("tenant").is_some_and(|tenant| !tenant::exists(tenant)) {
        return Err(Refusal::Request("There is no such tenant."));
    }
    let form = Form::parse(body).ok_or(Refusal::Request("A parameter comes twice."))?;
    client::check(simulator, house, request, &form)?;
    match (form.get("grant_type"), house) {
        // GitHub never asked for a grant type.
        (Some("authorization_code"), _) | (None, House::Github) => grant::by_code(simulator, house, &form),
        (Some("refresh_token"), _) if house.habits().offer != Offer::Never => {
            grant::by_refresh_token(simulator, house, &form)
        }
        (Some("fb_exchange_token"), House::Facebook) => grant::by_access_token(simulator, house, &form),
        (None, _) => Err(Refusal::Request("The grant_type is missing.")),
        _ => Err(Refusal::GrantType),
    }
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
