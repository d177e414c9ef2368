//! `GET /user/providers/{provider}/token`: a valid access token of a provider whose tokens the service keeps.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::auth::Live;
use super::codes::ErrorCode;
use super::errors::NhostError;
use super::provider_path::ProviderPath;
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::scopes;
use crate::grants::messages::{GetToken, GrantAccess, GrantError, HandedOut};
use crate::http::extract::Query;
use crate::http::reauthorization::reauthorization_url;
use crate::http::state::HttpState;

/// The longest list of scopes, in bytes.
const MAX_SCOPES: usize = 2048;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenQuery {
    /// The `providerUserId` of one of several accounts.
    account: Option<String>,
    /// In seconds.
    min_validity: Option<String>,
    /// Separated by blanks or commas.
    scopes: Option<String>,
}

pub(super) async fn token(
    http: web::Data<HttpState>,
    Live(session): Live,
    ProviderPath(provider): ProviderPath,
    Query(query): Query<TokenQuery>,
) -> Result<HttpResponse, NhostError> {
    let min_validity = GetToken::min_validity(query.min_validity.as_deref())
        .ok_or_else(|| NhostError::invalid_request("min_validity is 0 to 3600 seconds"))?;
    let scopes = wanted_scopes(query.scopes.as_deref().unwrap_or_default())?;
    let (access, account) = (GrantAccess::Session(session), query.account.filter(|account| !account.is_empty()));
    let get = GetToken { access, provider: provider.clone(), account, min_validity, scopes };
    let HandedOut { access_token, expires_at, expires_in, scopes, .. } =
        http.grants.send(get).await?.map_err(|error| refusal(&http, &provider, error))?;
    let body = json!({
        "accessToken": access_token.expose(),
        "tokenType": "Bearer",
        "expiresAt": expires_at.map(|at| at.rfc3339()),
        "expiresIn": expires_in,
        "scopes": scopes,
    });
    Ok(HttpResponse::Ok().json(body))
}

fn wanted_scopes(text: &str) -> Result<Vec<String>, NhostError> {
    if text.len() > MAX_SCOPES {
        return Err(NhostError::invalid_request("scopes is too long"));
    }
    Ok(scopes::split(text))
}

fn refusal(http: &HttpState, provider: &ProviderName, error: GrantError) -> NhostError {
    let mended_at = |code, scopes: &[String]| NhostError::mended_at(code, reauthorization_url(http, provider, scopes));
    match error {
        GrantError::UnknownProvider => NhostError::unknown_provider(),
        GrantError::NotManaged => NhostError::invalid_request(
            "the tokens of this provider are handed out once, at /signin/provider/{provider}/callback/tokens",
        ),
        GrantError::NoGrant => {
            NhostError::nothing_found("There are no kept tokens of such an account; sign in with it")
        }
        GrantError::NeedsReauthorization { scopes } => mended_at(ErrorCode::NeedsReauthorization, &scopes),
        GrantError::MissingScopes { scopes } => mended_at(ErrorCode::MissingScopes, &scopes),
        GrantError::ScopeNotAllowed(error) => NhostError::invalid_request(error.to_string()),
        GrantError::ProviderUnavailable { retry_after } => NhostError::provider_unavailable(retry_after),
        GrantError::Store(_) | GrantError::Seal(_) => {
            log::error!("provider tokens were not handed out: {error}");
            NhostError::unavailable()
        }
    }
}
