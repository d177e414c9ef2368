//! `GET /signin/provider/{provider}/callback/tokens`: the provider's tokens, once.

use actix_web::{HttpRequest, HttpResponse, web};

use super::errors::NhostError;
use super::names::provider_name;
use super::{bearer, views};
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::vault::take::Take;

/// The longest name that an app may give to a request.
const MAX_KEY_LENGTH: usize = 255;

pub(super) async fn take(
    request: HttpRequest,
    http: web::Data<HttpState>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let provider = provider_name(&http, &provider)?;
    let session = bearer::live_session(&http, &request).await?;
    let idempotency_key = idempotency_key(&request)?;
    let origin = client_ip::request_origin(&http, &request);
    let take = Take { session, provider, idempotency_key, origin };
    let tokens = http.vault.send(take).await??;
    let tokens = tokens.ok_or_else(|| {
        NhostError::invalid_request("there are no tokens to fetch: none were kept, or they were fetched or expired")
    })?;
    Ok(HttpResponse::Ok().json(views::provider_session(&tokens)))
}

/// The name that the app gave to this request, so that it may ask again if the answer is lost.
fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, NhostError> {
    let mut given = request.headers().get_all("idempotency-key");
    let Some(key) = given.next() else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| {
        (1..=MAX_KEY_LENGTH).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
    });
    match (key, given.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(NhostError::invalid_request("Idempotency-Key is one value of 1 to 255 visible characters")),
    }
}
