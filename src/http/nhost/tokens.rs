//! `GET /signin/provider/{provider}/callback/tokens`: the provider's tokens, once.

use actix_web::{HttpRequest, HttpResponse, web};

use super::errors::NhostError;
use super::names::provider_name;
use super::{bearer, views};
use crate::http::client_address;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::vault::vault::Take;

pub(super) async fn take(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let provider = provider_name(&front, &provider)?;
    let Speaker { user_id, session_id } = bearer::speaker(&front, &request)?;
    bearer::person(&front, &request).await?;
    let take = Take { user_id, provider, session_id, origin: client_address::origin(&front, &request) };
    let tokens = front.vault.ask(take).await??;
    let tokens = tokens.ok_or_else(|| {
        NhostError::invalid_request("there are no tokens to fetch: none were kept, or they were fetched or expired")
    })?;
    Ok(HttpResponse::Ok().json(views::provider_session(&tokens)))
}
