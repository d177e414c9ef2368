//! The token endpoint of every house: who asks, what they present, and what they get for it. A code is spent by
//! its first presentation of a client that proved itself, whatever else is wrong with the request.

mod client;
mod grant;

use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use url::form_urlencoded;

use super::Simulator;
use super::form::Form;
use super::house::House;
use super::refusal::Refusal;

pub(super) fn routes(house: House, config: &mut web::ServiceConfig) {
    config.service(web::resource(house.below("").token).post(
        move |simulator: web::Data<Simulator>, request: HttpRequest, body: String| async move {
            exchange(&simulator, house, &request, &body)
        },
    ));
}

fn exchange(simulator: &Simulator, house: House, request: &HttpRequest, body: &str) -> HttpResponse {
    simulator.count(house, |calls| calls.token += 1);
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, "no-store"));
    let answer = match tokens(simulator, house, request, body) {
        Ok(answer) => answer,
        Err(refusal) => {
            let (status, answer) = refusal.answer(house);
            response.status(status);
            if refusal == Refusal::Client && house.is_openid() {
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
    let form = Form::parse(body).ok_or(Refusal::Request("A parameter comes twice."))?;
    client::check(house, request, &form)?;
    match (form.get("grant_type"), house) {
        // GitHub never asked for a grant type.
        (Some("authorization_code"), _) | (None, House::Github) => grant::by_code(simulator, house, &form),
        (Some("refresh_token"), House::Google | House::Oidc) => grant::by_refresh_token(simulator, house, &form),
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
