//! `GET {auth}/external/providers` and `GET {auth}/external/challenge/{provider}`: off to the provider.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::dialect::Dialect;
use super::errors::Problem;
use super::{RETURN_MARKERS, bearer, names, query};
use crate::flow::cookie::Destination;
use crate::flow::error::FailureCode;
use crate::flow::service::{Begin, BeginError};
use crate::http::authorization_redirect;
use crate::http::state::HttpState;
use crate::user::messages::IsRefreshTokenCurrent;
use crate::user::options::SignUpOptions;

/// The names of all providers, as buttons show them.
pub(super) async fn providers(http: web::Data<HttpState>) -> HttpResponse {
    let providers: Vec<_> = http.providers.iter().map(|provider| names::display_name(&http, provider)).collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}

/// Off to the provider.
pub(super) async fn challenge(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let Some(provider) = names::find(&http, &provider) else {
        return Ok(HttpResponse::build(StatusCode::NOT_FOUND).json("Provider not found"));
    };
    let return_url = query::parameter(request.query_string(), "callbackUrl")?.filter(|url| !url.is_empty());
    let return_url = return_url.ok_or_else(|| Problem::bad_request("callbackUrl is missing"))?;
    let begin = Begin {
        redirect_uri: dialect.redirect_uri(&provider),
        provider,
        return_url: Some(return_url),
        client_state: None,
        connect: None,
        code_challenge: None,
        options: SignUpOptions::default(),
        is_sign_up: false,
        destination: destination(&http, &dialect, &request).await?,
        parameters: BTreeMap::new(),
    };
    match http.sign_ins.begin(begin).await {
        Ok(begun) => Ok(authorization_redirect::redirect(&http, &request, &begun)),
        Err(BeginError { error, return_url: Some(return_url) }) if error.code != FailureCode::Unavailable => {
            log::warn!("a sign-in did not start: {error}");
            let target = return_url.with_marker(&RETURN_MARKERS, Some("failed"));
            Ok(HttpResponse::Found().insert_header((header::LOCATION, target)).finish())
        }
        Err(BeginError { error, .. }) => Err(Problem::from_sign_in(&error)),
    }
}

/// Strangers fill in a form, where there is one; but somebody who is signed in comes to link, which needs none.
async fn destination(http: &HttpState, dialect: &Dialect, request: &HttpRequest) -> Result<Destination, Problem> {
    if dialect.settings.fields.is_none() {
        return Ok(Destination::Ticket);
    }
    let is_signed_in = match super::cookies::read_cookie(request, super::cookies::REFRESH) {
        _ if bearer::principal(http, dialect, request).is_ok() => true,
        Some(token) => http.users.send(IsRefreshTokenCurrent { token }).await??,
        None => false,
    };
    Ok(if is_signed_in { Destination::Ticket } else { Destination::TicketOrSignUpForm })
}
