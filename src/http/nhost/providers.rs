//! `GET /providers`: the providers for the buttons of a sign-in page. `POST /token/provider/{provider}`: refreshes a
//! provider's tokens.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::auth::Live;
use super::errors::NhostError;
use super::provider_path::{ProviderPath, redirect_uri};
use super::responses;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::http::extract::Json;
use crate::http::state::HttpState;
use crate::provider::Protocol;

/// All configured providers by name, and whether each answered its last request.
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
pub(super) struct RefreshBody {
    refresh_token: Secret,
}

/// New tokens of the provider for its refresh token, which the app kept.
pub(super) async fn refresh(
    http: web::Data<HttpState>,
    Live(session): Live,
    ProviderPath(provider): ProviderPath,
    Json(RefreshBody { refresh_token }): Json<RefreshBody>,
) -> Result<HttpResponse, NhostError> {
    if refresh_token.is_empty() {
        return Err(NhostError::invalid_request("refreshToken is empty"));
    }
    let redirect_uri = redirect_uri(&http, &provider);
    let refreshed = http.sign_ins.refresh_provider_tokens(session, &provider, &refresh_token, &redirect_uri).await;
    let tokens = refreshed.map_err(|error| {
        log::log!(http.sign_ins.log_level(&error), provider:% = provider; "provider tokens not refreshed: {error}");
        NhostError::from_sign_in(&http, &error)
    })?;
    Ok(HttpResponse::Ok().json(responses::provider_session(&tokens)))
}
