//! `GET /providers`: what a sign-in page draws its buttons from. `POST /token/provider/{provider}`: new tokens.

use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use super::errors::NhostError;
use super::names::{provider_name, redirect_uri};
use super::{bearer, views};
use crate::domain::secret::Secret;
use crate::http::state::HttpState;
use crate::provider::Protocol;

/// All configured providers by name, and whether each answered when it was last asked.
pub(super) async fn list(http: web::Data<HttpState>) -> HttpResponse {
    let providers: Vec<_> = http
        .providers
        .iter()
        .map(|provider| {
            let kind = match provider.protocol {
                Protocol::Oidc { .. } => "oidc",
                Protocol::OAuth2 => "oauth2",
                Protocol::OAuth1 => "oauth1",
            };
            json!({
                "name": provider.name,
                "label": provider.label,
                "icon": provider.icon,
                "kind": kind,
                "isAnswering": http.providers.is_available(&provider.name),
            })
        })
        .collect();
    HttpResponse::Ok().json(json!({"providers": providers}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefreshBody {
    refresh_token: Secret,
}

/// New tokens of the provider for its refresh token, which the app kept.
pub(super) async fn refresh(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, NhostError> {
    bearer::user(&http, &request).await?;
    let provider = provider_name(&http, &provider)?;
    let RefreshBody { refresh_token } = views::body(body)?;
    if refresh_token.is_empty() {
        return Err(NhostError::invalid_request("refreshToken is empty"));
    }
    let renewed =
        http.sign_ins.refresh_provider_tokens(&provider, &refresh_token, &redirect_uri(&http, &provider)).await;
    let tokens = renewed.map_err(|error| {
        log::warn!(provider:% = provider; "provider tokens were not renewed: {error}");
        NhostError::from_sign_in(&error)
    })?;
    Ok(HttpResponse::Ok().json(views::provider_session(&tokens)))
}
