//! `GET /signin/provider/{provider}/callback/tokens`: the provider's tokens, once.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};

use super::auth::Live;
use super::errors::NhostError;
use super::provider_path::ProviderPath;
use super::responses;
use crate::domain::audit::RequestOrigin;
use crate::http::state::HttpState;
use crate::vault::take::Take;

/// The longest idempotency key, in bytes.
const MAX_KEY_LENGTH: usize = 255;

/// The `Idempotency-Key` of a request: with the same key, the same session gets a lost answer again.
pub(super) struct IdempotencyKey(Option<String>);

pub(super) async fn take(
    http: web::Data<HttpState>,
    Live(session): Live,
    ProviderPath(provider): ProviderPath,
    IdempotencyKey(idempotency_key): IdempotencyKey,
    origin: RequestOrigin,
) -> Result<HttpResponse, NhostError> {
    let take = Take { session, provider, idempotency_key, origin };
    let tokens = http.vault.send(take).await??.ok_or_else(|| {
        NhostError::invalid_request("there are no tokens to fetch: none were kept, or they were fetched or expired")
    })?;
    Ok(HttpResponse::Ok().json(responses::provider_session(&tokens)))
}

impl FromRequest for IdempotencyKey {
    type Error = NhostError;
    type Future = Ready<Result<Self, NhostError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(idempotency_key(request).map(Self))
    }
}

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
