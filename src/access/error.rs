//! Why a request is not let in, and how that is answered.

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;

use crate::actor::handle::SendError;
use crate::domain::log;
use crate::session::access_token::TokenError;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;

/// `Retry-After` of a 503, in seconds.
const RETRY_AFTER: u64 = 1;

/// Why the user of a request is not known, or not let in.
///
/// As an error of a handler it becomes problem details (RFC 9457) with the member `error`, which holds
/// [`AccessError::code`]. [`AccessErrorHandler`] answers in another way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The request has no access token. 401
    #[error("a valid access token is required")]
    NoToken,
    /// The access token is malformed, or another issuer's. 401
    #[error("the access token is not valid")]
    InvalidToken,
    /// The access token has expired; the client gets a new one for its refresh token. 401
    #[error("the access token has expired")]
    ExpiredToken,
    /// The session has ended, or the user was erased. 401
    #[error("the session has ended")]
    SessionEnded,
    /// The access token came in a cookie, with a request that may change something, from a page whose origin is not one
    /// of `client.allowed_origins`. 403
    #[error("pages of this origin may not use cookies here")]
    OriginNotAllowed,
    /// An operator disabled the user. 403
    #[error("the user is disabled")]
    UserDisabled,
    /// The settings exclude the user's email address. 403
    #[error("the email address is not allowed")]
    EmailNotAllowed,
    /// `sign_up.verified_email_required` is set, and the user's email address is not verified. 403
    #[error("the email address is not verified")]
    EmailNotVerified,
    /// The user does not have this role. 403
    #[error("the role {0} is required")]
    RoleMissing(String),
    /// The database did not answer, or too many requests wait for it. 503
    #[error("who is signed in cannot be looked up now; try again in a moment")]
    Unavailable,
    /// No `Vouchsafe` is in the `app_data` of the handler's scope or of the app; the log says so, too. 500
    #[error("internal error")]
    NoInstance,
}

impl AccessError {
    /// A stable name, such as `expired-token`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken => "no-token",
            Self::InvalidToken => "invalid-token",
            Self::ExpiredToken => "expired-token",
            Self::SessionEnded => "session-ended",
            Self::OriginNotAllowed => "origin-not-allowed",
            Self::UserDisabled => "user-disabled",
            Self::EmailNotAllowed => "email-not-allowed",
            Self::EmailNotVerified => "email-not-verified",
            Self::RoleMissing(_) => "role-missing",
            Self::Unavailable => "unavailable",
            Self::NoInstance => "internal-error",
        }
    }

    /// The value of `WWW-Authenticate` (RFC 6750 section 3); `None` if other credentials would not help.
    #[must_use]
    pub fn challenge(&self) -> Option<&'static str> {
        match self {
            Self::NoToken => Some("Bearer"),
            Self::InvalidToken | Self::ExpiredToken | Self::SessionEnded => Some("Bearer error=\"invalid_token\""),
            Self::RoleMissing(_) => Some("Bearer error=\"insufficient_scope\""),
            _ => None,
        }
    }
}

impl ResponseError for AccessError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken | Self::ExpiredToken | Self::SessionEnded => StatusCode::UNAUTHORIZED,
            Self::OriginNotAllowed
            | Self::UserDisabled
            | Self::EmailNotAllowed
            | Self::EmailNotVerified
            | Self::RoleMissing(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoInstance => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json").insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(challenge) = self.challenge() {
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if *self == Self::Unavailable {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER));
        }
        let body = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.to_string(),
            "error": self.code(),
        });
        response.body(body.to_string())
    }
}

impl From<TokenError> for AccessError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::ExpiredToken,
            TokenError::NotValid => Self::InvalidToken,
        }
    }
}

impl From<SendError> for AccessError {
    fn from(error: SendError) -> Self {
        log::warn!("request refused, overloaded: {error}");
        Self::Unavailable
    }
}

impl From<UserError> for AccessError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Policy(PolicyError::Disabled) => Self::UserDisabled,
            UserError::Policy(PolicyError::EmailNotAllowed) => Self::EmailNotAllowed,
            UserError::Policy(PolicyError::Unverified) => Self::EmailNotVerified,
            UserError::Policy(_) => Self::SessionEnded,
            error => {
                log::error!("session not looked up: {error}");
                Self::Unavailable
            }
        }
    }
}

/// Answers requests that extractors and [`require_role`](super::require_role) refuse, in the app's own way. It is
/// registered as `app_data` of the app or of a scope.
///
/// ```
/// use actix_web::{HttpResponse, ResponseError, web};
/// use vouchsafe::{AccessError, AccessErrorHandler};
///
/// fn refuse(error: &AccessError) -> HttpResponse {
///     HttpResponse::build(error.status_code()).body(error.code())
/// }
///
/// let scope = web::scope("/api").app_data(AccessErrorHandler(refuse));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AccessErrorHandler(pub fn(&AccessError) -> HttpResponse);

/// The error of an extractor: an [`AccessError`], answered as the scope wants it. A handler that takes
/// `Result<SignedIn, AccessError>` decides itself.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
pub struct AccessRejection {
    error: AccessError,
    handler: Option<AccessErrorHandler>,
}

impl AccessRejection {
    pub(super) fn new(error: AccessError, request: &HttpRequest) -> Self {
        Self { error, handler: request.app_data().copied() }
    }
}

impl From<AccessRejection> for AccessError {
    fn from(rejection: AccessRejection) -> Self {
        rejection.error
    }
}

impl ResponseError for AccessRejection {
    fn status_code(&self) -> StatusCode {
        self.error.status_code()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        match self.handler {
            Some(AccessErrorHandler(answer)) => answer(&self.error),
            None => self.error.error_response(),
        }
    }
}
