//! `GET {auth}/external/providers` and `GET {auth}/external/challenge/{provider}`: the start of a sign-in.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::auth::Bearer;
use super::dialect::Dialect;
use super::errors::Problem;
use super::provider_params::asked_of_provider;
use super::provider_path::{ProviderPath, display_name};
use super::query::CallbackUrl;
use super::{RETURN_MARKERS, cookies};
use crate::domain::log;
use crate::flow::error::FailureCode;
use crate::flow::intent::BeginIntent;
use crate::flow::service::{Begin, BeginError};
use crate::http::authorization_redirect;
use crate::http::state::HttpState;
use crate::user::messages::IsRefreshTokenCurrent;
use crate::user::options::SignUpOptions;

/// `GET {auth}/external/providers`: the labels of all providers.
pub(super) async fn providers(http: web::Data<HttpState>) -> HttpResponse {
    let providers: Vec<_> = http.providers.iter().map(|provider| display_name(&http, provider)).collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}

/// `GET {auth}/external/challenge/{provider}`: redirects to the provider.
pub(super) async fn challenge(
    request: HttpRequest,
    http: web::Data<HttpState>,
    dialect: web::Data<Dialect>,
    ProviderPath(provider): ProviderPath,
    callback_url: Result<CallbackUrl, Problem>,
    bearer: Option<Bearer>,
) -> Result<HttpResponse, Problem> {
    let provider = provider.ok_or_else(Problem::unknown_provider)?;
    let CallbackUrl(return_url) = callback_url?;
    let begin = Begin {
        redirect_uri: dialect.redirect_uri(&provider),
        provider,
        return_url: Some(return_url),
        client_state: None,
        options: SignUpOptions::default(),
        intent: BeginIntent::HandOver { sign_up_form: needs_sign_up_form(&http, &dialect, &request, bearer).await? },
        asked: asked_of_provider(request.query_string())?,
    };
    match http.sign_ins.begin(begin).await {
        Ok(begun) => Ok(authorization_redirect::redirect(&http, &request, &begun)),
        Err(BeginError { error, return_url: Some(return_url), flow }) if error.code != FailureCode::Unavailable => {
            log::log!(http.sign_ins.log_level(&error), "sign-in not started: {error}");
            let target = return_url.with_marker(&RETURN_MARKERS, Some("failed"), Some(flow));
            Ok(HttpResponse::Found().insert_header((header::LOCATION, target)).finish())
        }
        Err(BeginError { error, .. }) => Err(Problem::from_sign_in(&http, &error)),
    }
}

/// Whether users without an account fill in a form. A signed-in user comes to link, which needs none.
async fn needs_sign_up_form(
    http: &HttpState,
    dialect: &Dialect,
    request: &HttpRequest,
    bearer: Option<Bearer>,
) -> Result<bool, Problem> {
    if dialect.settings.fields.is_none() {
        return Ok(false);
    }
    let is_signed_in = match cookies::non_empty(request, cookies::REFRESH) {
        _ if bearer.is_some() => true,
        Some(token) => http.users.send(IsRefreshTokenCurrent { token }).await??,
        None => false,
    };
    Ok(!is_signed_in)
}
