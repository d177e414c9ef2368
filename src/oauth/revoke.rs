//! Token revocation (RFC 7009), in the style of each provider.
//!
//! A token that the provider no longer knows counts as revoked.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::client::{ClientCredentials, form};
use super::http::{HttpClient, HttpError};
use crate::domain::secret::Secret;
use crate::metrics::Endpoint;

/// How a provider expects a revocation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevocationStyle {
    /// A form with `token`, `token_type_hint` and client authentication (RFC 7009 section 2.1).
    #[default]
    Standard,
    /// A form with `token` only (Google).
    TokenOnly,
    /// A form with `token` and the client id (Twitch).
    TokenAndClientId,
    /// A form with `access_token` only (Strava).
    AccessTokenOnly,
    /// `DELETE` with the access token in JSON and the client in `Basic` (GitHub).
    DeleteWithBasic,
    /// `DELETE` with the access token as bearer (Facebook).
    DeleteWithBearer,
    /// `POST` with the access token as bearer and no body (Slack).
    PostWithBearer,
}

impl RevocationStyle {
    /// Whether a refresh token can be revoked; otherwise only an access token can.
    #[must_use]
    pub fn accepts_refresh_tokens(self) -> bool {
        matches!(self, Self::Standard | Self::TokenOnly | Self::TokenAndClientId)
    }
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token.
    Access,
    /// A refresh token; its access tokens end with it.
    Refresh,
}

/// A token to revoke, where and how.
#[derive(Clone, Copy, Debug)]
pub struct RevocationRequest<'a> {
    /// The provider's endpoint.
    pub endpoint: &'a Url,
    /// The provider's style.
    pub style: RevocationStyle,
    /// Our credentials.
    pub client: &'a ClientCredentials,
    /// The token.
    pub token: &'a Secret,
    /// The kind of the token.
    pub kind: TokenKind,
}

/// Revokes a token. Any status of success counts, and so does an answer that the token is unknown.
///
/// # Errors
/// [`HttpError`]; the token may still be valid, and the caller tries again later.
pub async fn revoke(http: &HttpClient, revocation: RevocationRequest<'_>) -> Result<(), HttpError> {
    let response = http.send(Endpoint::Revocation, request(revocation)?).await?;
    let status = response.status();
    let is_unknown = match revocation.style {
        RevocationStyle::DeleteWithBasic => matches!(status, StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY),
        RevocationStyle::DeleteWithBearer | RevocationStyle::PostWithBearer | RevocationStyle::AccessTokenOnly => {
            status == StatusCode::UNAUTHORIZED
        }
        // Google, Twitch and others answer 400 for an expired token, contrary to RFC 7009 section 2.2.
        RevocationStyle::TokenOnly | RevocationStyle::TokenAndClientId => status == StatusCode::BAD_REQUEST,
        RevocationStyle::Standard => false,
    };
    if status.is_success() || is_unknown { Ok(()) } else { Err(HttpError::Status(status.as_u16())) }
}

fn request(revocation: RevocationRequest<'_>) -> Result<Request<Vec<u8>>, HttpError> {
    let RevocationRequest { endpoint, style, client, token, kind } = revocation;
    let token_text = token.expose();
    let hint = match kind {
        TokenKind::Access => "access_token",
        TokenKind::Refresh => "refresh_token",
    };
    match style {
        RevocationStyle::Standard => client.form(endpoint, &[("token", token_text), ("token_type_hint", hint)]),
        RevocationStyle::TokenOnly => form(endpoint, &[("token", token_text)]),
        RevocationStyle::TokenAndClientId => {
            form(endpoint, &[("client_id", client.id.as_str()), ("token", token_text)])
        }
        RevocationStyle::AccessTokenOnly => form(endpoint, &[("access_token", token_text)]),
        RevocationStyle::DeleteWithBasic => {
            let body = json!({"access_token": token_text}).to_string();
            let mut request = bodyless_request(Method::DELETE, endpoint, client.basic()?, body.into_bytes())?;
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok(request)
        }
        RevocationStyle::DeleteWithBearer => bodyless_request(Method::DELETE, endpoint, bearer(token)?, Vec::new()),
        RevocationStyle::PostWithBearer => bodyless_request(Method::POST, endpoint, bearer(token)?, Vec::new()),
    }
}

fn bearer(token: &Secret) -> Result<HeaderValue, HttpError> {
    HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| HttpError::InvalidRequest)
}

fn bodyless_request(
    method: Method,
    endpoint: &Url,
    authorization: HeaderValue,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, HttpError> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = endpoint.as_str().parse().map_err(|_| HttpError::InvalidUrl)?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(AUTHORIZATION, authorization);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client_authentication::ClientAuthentication;
    use crate::oauth::test_server::{RecordedRequest, TestServer, client};

    async fn send(style: RevocationStyle, status: u16) -> (Result<(), HttpError>, RecordedRequest) {
        let provider = TestServer::always(status, "application/json", "");
        let credentials = ClientCredentials {
            id: "CID".to_owned(),
            secret: Some(Secret::new("SEC")),
            authentication: ClientAuthentication::ClientSecretPost,
        };
        let revocation = RevocationRequest {
            endpoint: &provider.url("/revoke"),
            style,
            client: &credentials,
            token: &Secret::new("T%="),
            kind: TokenKind::Refresh,
        };
        let found = revoke(&client(), revocation).await;
        (found, provider.requests()[0].clone())
    }

    #[actix_web::test]
    async fn each_style_sends_exactly_its_fields() {
        use RevocationStyle::{
            AccessTokenOnly, DeleteWithBasic, DeleteWithBearer, PostWithBearer, Standard, TokenAndClientId, TokenOnly,
        };
        for style in [Standard, TokenOnly, TokenAndClientId] {
            assert!(style.accepts_refresh_tokens(), "{style:?}");
        }
        for style in [AccessTokenOnly, DeleteWithBasic, DeleteWithBearer, PostWithBearer] {
            assert!(!style.accepts_refresh_tokens(), "{style:?}");
        }
        let basic = Some("Basic Q0lEOlNFQw==");
        for (style, authorization, body) in [
            (Standard, None, "client_id=CID&client_secret=SEC&token=T%25%3D&token_type_hint=refresh_token"),
            (TokenOnly, None, "token=T%25%3D"),
            (TokenAndClientId, None, "client_id=CID&token=T%25%3D"),
            (AccessTokenOnly, None, "access_token=T%25%3D"),
            (DeleteWithBasic, basic, r#"{"access_token":"T%="}"#),
            (DeleteWithBearer, Some("Bearer T%="), ""),
            (PostWithBearer, Some("Bearer T%="), ""),
        ] {
            let (found, request) = send(style, 200).await;
            assert_eq!(found, Ok(()), "{style:?}");
            assert_eq!((request.header("authorization"), request.body.as_str()), (authorization, body), "{style:?}");
        }
    }

    #[actix_web::test]
    async fn unknown_token_counts_as_revoked() {
        for (style, status) in [
            (RevocationStyle::Standard, 204),
            (RevocationStyle::TokenOnly, 400),
            (RevocationStyle::DeleteWithBasic, 404),
            (RevocationStyle::DeleteWithBearer, 401),
        ] {
            assert_eq!(send(style, status).await.0, Ok(()), "{style:?}");
        }
        for (style, status) in [
            (RevocationStyle::Standard, 400),
            (RevocationStyle::TokenOnly, 503),
            (RevocationStyle::DeleteWithBasic, 401),
            (RevocationStyle::DeleteWithBearer, 302),
        ] {
            assert_eq!(send(style, status).await.0, Err(HttpError::Status(status)), "{style:?}");
        }
    }
}
