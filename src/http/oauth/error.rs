//! Error responses of the token endpoint (RFC 6749 section 5.2, RFC 8693 section 2.2.2).

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::actor::handle::SendError;
use crate::domain::log;
use crate::http::extract::Rejection;
use crate::metrics::ExchangeOutcome;

/// `Retry-After` of a 503 that names no other time, in seconds.
const RETRY_AFTER: u64 = 1;

/// The codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OAuthCode {
    /// The request is malformed, or its `subject_token` is not accepted.
    InvalidRequest,
    /// The client did not prove who it is.
    InvalidClient,
    /// The user has to consent at the provider, or has no account there.
    InvalidGrant,
    /// The client may not do this.
    UnauthorizedClient,
    /// Only token exchange is supported.
    UnsupportedGrantType,
    /// The client may not ask for a scope, or the user has not granted it.
    InvalidScope,
    /// There are no tokens of this provider for the client.
    InvalidTarget,
    /// The same request may succeed later.
    TemporarilyUnavailable,
    /// An error of this service.
    ServerError,
}

impl OAuthCode {
    /// The code as clients read it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The same in metrics.
    pub(super) fn outcome(self) -> ExchangeOutcome {
        match self {
            Self::InvalidRequest => ExchangeOutcome::InvalidRequest,
            Self::InvalidClient => ExchangeOutcome::InvalidClient,
            Self::InvalidGrant => ExchangeOutcome::InvalidGrant,
            Self::UnauthorizedClient => ExchangeOutcome::UnauthorizedClient,
            Self::UnsupportedGrantType => ExchangeOutcome::UnsupportedGrantType,
            Self::InvalidScope => ExchangeOutcome::InvalidScope,
            Self::InvalidTarget => ExchangeOutcome::InvalidTarget,
            Self::TemporarilyUnavailable => ExchangeOutcome::TemporarilyUnavailable,
            Self::ServerError => ExchangeOutcome::ServerError,
        }
    }
}

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OAuthError {
    code: OAuthCode,
    status: StatusCode,
    description: Cow<'static, str>,
    url: Option<String>,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
}

impl OAuthError {
    /// A refusal; `description` says what to change, in the characters that RFC 6749 section 5.2 allows.
    pub(super) fn new(code: OAuthCode, description: impl Into<Cow<'static, str>>) -> Self {
        let status = match code {
            OAuthCode::InvalidClient => StatusCode::UNAUTHORIZED,
            OAuthCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            OAuthCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { code, status, description: description.into(), url: None, retry_after: None }
    }

    pub(super) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthCode::InvalidRequest, description)
    }

    /// One text for a client that does not exist and a credential that is wrong.
    pub(super) fn invalid_client() -> Self {
        Self::new(OAuthCode::InvalidClient, "the client is not known, or did not prove who it is")
    }

    /// The same request may succeed after so many seconds.
    pub(super) fn unavailable(retry_after: u64) -> Self {
        let description = "something that this needs is out of reach; try again later";
        Self { retry_after: Some(retry_after), ..Self::new(OAuthCode::TemporarilyUnavailable, description) }
    }

    /// The same with the URL to which the user is sent to repair it, if there is one.
    pub(super) fn with_url(self, url: Option<String>) -> Self {
        Self { url, ..self }
    }

    /// The code.
    pub(super) fn code(&self) -> OAuthCode {
        self.code
    }
}

impl From<Rejection> for OAuthError {
    fn from(rejection: Rejection) -> Self {
        let status = rejection.status_code();
        match rejection {
            Rejection::Unavailable => Self::unavailable(RETRY_AFTER),
            Rejection::Internal => Self::new(OAuthCode::ServerError, "an error of this service"),
            Rejection::TooManyRequests { retry_after } => {
                let description = "too many failed authentications from this address; try again later";
                let error = Self::new(OAuthCode::TemporarilyUnavailable, description);
                Self { status, retry_after: Some(retry_after), ..error }
            }
            rejection => Self { status, ..Self::invalid_request(rejection.to_string()) },
        }
    }
}

impl From<SendError> for OAuthError {
    fn from(error: SendError) -> Self {
        log::warn!("request refused, overloaded: {error}");
        Self::unavailable(RETRY_AFTER)
    }
}

/// The database failed.
pub(super) fn database_error(error: &impl fmt::Display) -> OAuthError {
    log::error!("database error: {error}");
    OAuthError::unavailable(RETRY_AFTER)
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.text())
    }
}

impl ResponseError for OAuthError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut body = json!({"error": self.code.text(), "error_description": self.description});
        if let Some(url) = &self.url {
            body["url"] = url.as_str().into();
        }
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"token\""));
        }
        response.json(body)
    }
}
