//! Errors as problem details (RFC 9457): `type`, `title`, `status`, `detail`, and for a form the `errors` of its fields.

#[cfg(feature = "pages")]
mod page;

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::actor::handle::SendError;
use crate::domain::hooks::Veto;
use crate::domain::log::{self, Scope};
use crate::domain::seal::SealError;
use crate::domain::sign_up_schema::FieldErrors;
use crate::flow::error::{FailureCode, SignInError};
use crate::http::error_kind::ErrorKind;
use crate::http::extract::Rejection;
use crate::http::state::HttpState;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;
use crate::vault::vault::VaultError;

/// The header that tells clients to refresh; they look at nothing else.
pub(super) const TOKEN_EXPIRED: &str = "x-token-expired";

/// `Retry-After` of a 503, in seconds.
const UNAVAILABLE_RETRY_AFTER: u64 = 1;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    /// What a person is told.
    kind: ErrorKind,
    title: &'static str,
    detail: Cow<'static, str>,
    /// The embedding app's own code.
    code: Option<String>,
    errors: Option<FieldErrors>,
    is_token_expired: bool,
    /// Whether the body is the detail alone.
    is_bare: bool,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem with the usual title of its status.
    fn new(kind: ErrorKind, status: StatusCode, detail: impl Into<Cow<'static, str>>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            status,
            kind,
            title,
            detail: detail.into(),
            code: None,
            errors: None,
            is_token_expired: false,
            is_bare: false,
            retry_after: None,
        }
    }

    pub(super) fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, StatusCode::BAD_REQUEST, detail)
    }

    /// There is no provider of this name. Clients know the body, a JSON string.
    pub(super) fn unknown_provider() -> Self {
        Self { is_bare: true, ..FailureCode::ProviderDisabled.into() }
    }

    /// Sign-up fields are missing or wrong; clients know the title.
    pub(super) fn invalid_fields(errors: FieldErrors) -> Self {
        let detail = "Some fields are missing or wrong";
        Self { title: "Error validating payload", errors: Some(errors), ..Self::bad_request(detail) }
    }

    /// The access token is missing or invalid. `is_token_expired`: a refresh would help.
    pub(super) fn unauthorized(is_token_expired: bool) -> Self {
        let detail = "A valid access token is required";
        Self { is_token_expired, ..Self::new(ErrorKind::SignInRequired, StatusCode::UNAUTHORIZED, detail) }
    }

    /// The hand-over cookie is missing, used or expired.
    pub(super) fn no_ticket() -> Self {
        let detail = "There is no sign-in to go on with; begin a new one at the provider";
        Self::new(ErrorKind::TicketNotValid, StatusCode::UNAUTHORIZED, detail)
    }

    pub(super) fn no_refresh_token() -> Self {
        Self::new(ErrorKind::SignInRequired, StatusCode::UNAUTHORIZED, "A valid refresh token is required")
    }

    /// The account's e-mail has to be verified first.
    pub(super) fn unverified() -> Self {
        FailureCode::UserUnverified.into()
    }

    pub(super) fn origin_not_allowed() -> Self {
        Self::new(ErrorKind::OtherPage, StatusCode::FORBIDDEN, "Pages of this origin may not use cookies here")
    }

    pub(super) fn internal() -> Self {
        Self::new(ErrorKind::Internal, StatusCode::INTERNAL_SERVER_ERROR, "Error occurred")
    }

    /// The same request may succeed later.
    pub(super) fn unavailable() -> Self {
        let detail = "The service is busy, or something that it needs is out of reach; try again in a moment";
        let problem = Self::new(ErrorKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE, detail);
        Self { retry_after: Some(UNAVAILABLE_RETRY_AFTER), ..problem }
    }

    /// Whether the same request may succeed later, with the same cookies.
    pub(super) fn is_transient(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// A failed sign-in; the cause goes to the log.
    pub(super) fn from_sign_in(http: &HttpState, error: &SignInError) -> Self {
        log::log!(http.sign_ins.log_level(error), "sign-in failed: {error}");
        if let Some(refused) = error.scope_not_allowed() {
            return Self::bad_request(refused.to_string());
        }
        error.veto().map_or_else(|| error.code.into(), Self::vetoed)
    }

    /// The embedding app refused a new user, in its own words.
    fn vetoed(veto: &Veto) -> Self {
        let problem = Self::new(ErrorKind::RejectedByApp, StatusCode::FORBIDDEN, veto.message().to_owned());
        Self { code: Some(veto.code().to_owned()), ..problem }
    }
}

impl From<FailureCode> for Problem {
    fn from(code: FailureCode) -> Self {
        use StatusCode as S;
        let (status, detail) = match code {
            FailureCode::ReturnUrlNotAllowed => (S::BAD_REQUEST, "callbackUrl is not allowed"),
            FailureCode::ProviderDisabled => (S::NOT_FOUND, "Provider not found"),
            FailureCode::OptionsTooLarge => (S::BAD_REQUEST, "callbackUrl is too long"),
            FailureCode::ScopeNotAllowed => (S::BAD_REQUEST, "A scope is not allowed"),
            FailureCode::InvalidState => (S::BAD_REQUEST, "This sign-in is over, or it began in another browser"),
            FailureCode::FlowExpired => (S::BAD_REQUEST, "This sign-in has expired; start again"),
            FailureCode::ConsentDenied => (S::BAD_REQUEST, "The user denied consent at the provider"),
            FailureCode::InvalidCallback => (S::BAD_REQUEST, "This is not an answer that a provider gives"),
            FailureCode::ProviderError | FailureCode::ExchangeFailed | FailureCode::ProfileFailed => {
                (S::BAD_REQUEST, "The provider did not vouch for anybody")
            }
            FailureCode::NotRefreshable => (S::BAD_REQUEST, "The provider has no refresh tokens"),
            FailureCode::InvalidIdToken => (S::BAD_REQUEST, "The id_token is not accepted"),
            FailureCode::InvalidConnectToken => return Self::unauthorized(false),
            FailureCode::InvalidTicket => return Self::no_ticket(),
            FailureCode::UserDisabled => (S::FORBIDDEN, "User is disabled"),
            FailureCode::UserUnverified => (S::FORBIDDEN, "Email address is not verified"),
            FailureCode::SignUpDisabled => (S::FORBIDDEN, "Sign up is disabled"),
            FailureCode::RejectedByApp => (S::FORBIDDEN, "Sign up was refused"),
            FailureCode::RoleNotAllowed | FailureCode::DefaultRoleNotAllowed => (S::FORBIDDEN, "Role is not allowed"),
            FailureCode::UserUnknown => (S::NOT_FOUND, "User not found"),
            FailureCode::AlreadyLinked => (S::CONFLICT, "This sign-in is linked to a user already"),
            FailureCode::UserAlreadyExists => (S::CONFLICT, "User exists already"),
            FailureCode::Unavailable => return Self::unavailable(),
            FailureCode::Internal => return Self::internal(),
        };
        Self::new(code.into(), status, detail)
    }
}

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        let kind = ErrorKind::from(&rejection);
        let detail: Cow<'static, str> = match &rejection {
            Rejection::DuplicateParameter(name) => format!("{name} is given more than once").into(),
            Rejection::InvalidJson { column } => format!("The body is not JSON (column {column})").into(),
            Rejection::UnreadableBody => "The request body could not be read".into(),
            Rejection::BodyTimeout => "The request body took too long".into(),
            Rejection::BodyTooLarge => "The request body is too large".into(),
            Rejection::NotFound => "There is nothing here".into(),
            Rejection::MethodNotAllowed => "This method is not allowed here".into(),
            Rejection::HostNotAllowed => {
                "Development mode answers only on this machine's own names, such as localhost".into()
            }
            Rejection::TooManyRequests { retry_after } => {
                let problem = Self::new(kind, rejection.status_code(), "Too many requests; try again later");
                return Self { retry_after: Some(*retry_after), ..problem };
            }
            Rejection::InvalidParameters(reason) => (*reason).into(),
            Rejection::Unavailable => return Self::unavailable(),
            Rejection::Internal => return Self::internal(),
        };
        Self::new(kind, rejection.status_code(), detail)
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        log::warn!("request refused, overloaded: {error}");
        Self::unavailable()
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Policy(PolicyError::Unknown) => FailureCode::UserUnknown.into(),
            UserError::Policy(PolicyError::NotFresh) => {
                let detail = "This needs a sign-in of a short while ago; sign in once more";
                Self::new(ErrorKind::SessionNotFresh, StatusCode::FORBIDDEN, detail)
            }
            // Clients forget who is signed in.
            UserError::Policy(_) | UserError::Vetoed(_) => Self::unauthorized(false),
            UserError::RefreshTokenNotValid | UserError::CodeNotValid => Self::no_refresh_token(),
            UserError::TicketNotValid => Self::no_ticket(),
            UserError::Store(error) => {
                log::error!("database error: {error}");
                Self::unavailable()
            }
            UserError::Hook(_) | UserError::NotConsulted => {
                log::error!("{error}");
                Self::unavailable()
            }
            UserError::CredentialNotCreated => {
                log::error!("{error}");
                Self::internal()
            }
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        log::error!("vault error: {error}");
        match error {
            // Another node may have the key already.
            VaultError::Store(_) | VaultError::Seal(SealError::UnknownKey) => Self::unavailable(),
            VaultError::Seal(_) => Self::internal(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

/// The section of RFC 9110 that defines a status.
fn reference(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.1",
        401 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2",
        403 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.4",
        404 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.5",
        405 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6",
        409 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.10",
        413 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14",
        500 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.1",
        503 => "https://www.rfc-editor.org/rfc/rfc9110#section-15.6.4",
        _ => "about:blank",
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if self.is_bare {
            return HttpResponse::build(self.status).json(&self.detail);
        }
        let mut body = json!({
            "type": reference(self.status),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(code) = &self.code {
            body["code"] = code.as_str().into();
        }
        if let Some(errors) = &self.errors {
            body["errors"] = json!(errors);
        }
        if let Some(flow) = Scope::current().flow() {
            body["flow"] = flow.to_string().into();
        }
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = if self.is_token_expired { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            response.insert_header((header::WWW_AUTHENTICATE, challenge));
        }
        if self.is_token_expired {
            response.insert_header((TOKEN_EXPIRED, "true"));
        }
        response.body(body.to_string())
    }
}
