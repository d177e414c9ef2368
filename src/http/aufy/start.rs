//! `GET {auth}/external/providers` and `GET {auth}/external/challenge/{provider}`: off to the provider.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::dialect::Dialect;
use super::errors::Problem;
use super::{MARKS, bearer, names, query};
use crate::flow::directory::{Begin, NotBegun};
use crate::flow::error::Code;
use crate::flow::snapshot::Destination;
use crate::http::departure;
use crate::http::front::Front;
use crate::user::messages::IsAlive;
use crate::user::options::SignUpOptions;

/// The names of all providers, as buttons show them.
pub(super) async fn providers(front: web::Data<Front>) -> HttpResponse {
    let providers: Vec<_> = front.providers.iter().map(|provider| names::shown(&front, provider)).collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}

/// Off to the provider.
pub(super) async fn challenge(
    request: HttpRequest,
    front: web::Data<Front>,
    dialect: web::Data<Dialect>,
    provider: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let Some(provider) = names::find(&front, &provider) else {
        return Ok(HttpResponse::build(StatusCode::NOT_FOUND).json("Provider not found"));
    };
    let return_url = query::parameter(request.query_string(), "callbackUrl")?.filter(|url| !url.is_empty());
    let return_url = return_url.ok_or_else(|| Problem::bad_request("callbackUrl is missing"))?;
    let wish = Begin {
        redirect_uri: dialect.redirect_uri(&provider),
        provider,
        return_url: Some(return_url),
        client_state: None,
        connect: None,
        code_challenge: None,
        options: SignUpOptions::default(),
        is_sign_up: false,
        destination: destination(&front, &dialect, &request).await?,
        parameters: BTreeMap::new(),
    };
    match front.directory.begin(wish).await {
        Ok(begun) => Ok(departure::redirected(&front, &request, &begun)),
        Err(NotBegun { error, return_url: Some(return_url) }) if error.code != Code::Unavailable => {
            log::warn!("a sign-in did not start: {error}");
            let target = return_url.marked(&MARKS, Some("failed"));
            Ok(HttpResponse::Found().insert_header((header::LOCATION, target)).finish())
        }
        Err(NotBegun { error, .. }) => Err(Problem::of_sign_in(&error)),
    }
}

/// Strangers fill in a form, where there is one; but somebody who is signed in comes to link, which needs none.
async fn destination(front: &Front, dialect: &Dialect, request: &HttpRequest) -> Result<Destination, Problem> {
    if dialect.settings.fields.is_none() {
        return Ok(Destination::Ticket);
    }
    let is_signed_in = match super::cookies::brought(request, super::cookies::REFRESH) {
        _ if bearer::speaker(front, dialect, request).is_ok() => true,
        Some(token) => front.users.ask(IsAlive { token }).await??,
        None => false,
    };
    Ok(if is_signed_in { Destination::Ticket } else { Destination::TicketOrForm })
}
