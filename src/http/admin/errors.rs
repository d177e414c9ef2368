//! Errors as problem details (RFC 9457).

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::actor::handle::SendError;
use crate::domain::log;
use crate::flow::error::SignInError;
use crate::http::extract::Rejection;
use crate::user::admin::AdminError;

/// `Retry-After` of a 503, in seconds.
const UNAVAILABLE_RETRY_AFTER: u64 = 1;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    detail: String,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is no token, or a wrong one.
    pub(super) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "a bearer token of admin.token_file is required")
    }

    /// No record of the flow is known.
    pub(super) fn unknown_flow() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "this node has no record of the flow: it is older than flow.record_ttl, was served by another node or before \
             a restart, or flow.records is off",
        )
    }

    fn unavailable() -> Self {
        let detail = "the service is busy, or its database is out of reach; try again in a moment";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        Self { retry_after: Some(UNAVAILABLE_RETRY_AFTER), ..problem }
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Unavailable => Self::unavailable(),
            Rejection::TooManyRequests { retry_after } => {
                Self { retry_after: Some(retry_after), ..Self::new(rejection.status_code(), rejection.to_string()) }
            }
            rejection => Self::new(rejection.status_code(), rejection.to_string()),
        }
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        log::warn!("request refused, overloaded: {error}");
        Self::unavailable()
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        log::error!("records of sign-ins were not read: {error}");
        Self::unavailable()
    }
}

impl From<AdminError> for Problem {
    fn from(error: AdminError) -> Self {
        let status = match &error {
            AdminError::UnknownUser(_) | AdminError::UnknownIdentity(..) | AdminError::UnknownEmail(_) => {
                StatusCode::NOT_FOUND
            }
            AdminError::InvalidEmail(_) | AdminError::InvalidRole(_) | AdminError::DefaultRoleMissing(_) => {
                StatusCode::BAD_REQUEST
            }
            AdminError::UnprovenEmail { .. } | AdminError::AnotherEmail { .. } | AdminError::EmailTaken { .. } => {
                StatusCode::CONFLICT
            }
            AdminError::Store(error) => {
                log::error!("database error: {error}");
                return Self::unavailable();
            }
        };
        Self::new(status, error.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.body(body.to_string())
    }
}
