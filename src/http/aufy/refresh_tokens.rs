//! The refresh tokens of a request: from the cookie, and from the `Authorization` header.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use uuid::Uuid;

use super::errors::Problem;
use super::session::TokenDelivery;
use super::{cookies, origin};
use crate::domain::secret::Secret;
use crate::http::extract::bearer::bearer_token;

/// The refresh tokens and how each was delivered, the cookie's first.
pub(super) struct RefreshTokens(pub(super) Vec<(Secret, TokenDelivery)>);

impl FromRequest for RefreshTokens {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(refresh_tokens(request).map(Self))
    }
}

/// A cookie counts only if the request comes from an allowed origin.
///
/// # Errors
/// [`Problem::origin_not_allowed`] if there is nothing but a cookie that does not count.
fn refresh_tokens(request: &HttpRequest) -> Result<Vec<(Secret, TokenDelivery)>, Problem> {
    let is_uuid = |token: &Secret| Uuid::try_parse(token.expose()).is_ok();
    let in_header = bearer_token(request).filter(is_uuid).map(|token| (token, TokenDelivery::Body));
    let mut in_cookie = cookies::non_empty(request, cookies::REFRESH).map(|token| (token, TokenDelivery::Cookie));
    if in_cookie.is_some()
        && let Err(problem) = origin::check(request)
    {
        if in_header.is_none() {
            return Err(problem);
        }
        in_cookie = None;
    }
    Ok(in_cookie.into_iter().chain(in_header).collect())
}
