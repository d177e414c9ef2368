//! Errors as problem details (RFC 9457): `type`, `title`, `status`, `detail`, and for a form the `errors` of its fields.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde_json::json;

use crate::actor::handle::SendError;
use crate::domain::sign_up_schema::FieldErrors;
use crate::flow::error::{FailureCode, SignInError};
use crate::http::callback::CallbackError;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;

/// Says that a refresh token would help; clients of the dialect look at nothing else.
pub(super) const TOKEN_EXPIRED: &str = "x-token-expired";

/// Seconds after which somebody who was turned away may ask again.
const RETRY_AFTER_SECONDS: &str = "1";

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    errors: Option<FieldErrors>,
    is_token_expired: bool,
}

impl Problem {
    /// A problem with the usual title of its status.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { status, title, detail: detail.into(), errors: None, is_token_expired: false }
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// What was filled in does not fit; the title is the one that clients know.
    pub(super) fn invalid_fields(errors: FieldErrors) -> Self {
        let detail = "Some fields are missing or wrong";
        Self { title: "Error validating payload", errors: Some(errors), ..Self::bad_request(detail) }
    }

    /// Who asks is not known. `is_token_expired`: a refresh token would change that.
    pub(super) fn unauthorized(is_token_expired: bool) -> Self {
        Self { is_token_expired, ..Self::new(StatusCode::UNAUTHORIZED, "A valid access token is required") }
    }

    /// There is nobody to sign in: no hand-over cookie, or one that was used or is too old.
    pub(super) fn no_ticket() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "There is no sign-in to go on with; begin a new one at the provider")
    }

    pub(super) fn no_refresh_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "A valid refresh token is required")
    }

    /// The account is there, but its address has to be proven first.
    pub(super) fn unverified() -> Self {
        from_code(FailureCode::UserUnverified)
    }

    pub(super) fn origin_not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Pages of this origin may not use cookies here")
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing here")
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here")
    }

    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Error occurred")
    }

    /// Later it may work.
    pub(super) fn unavailable() -> Self {
        let detail = "The service is busy, or something that it needs is out of reach; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// A body that could not be read to its end.
    pub(super) fn body_error(error: &actix_web::Error) -> Self {
        match error.as_response_error().status_code() {
            status @ StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "The request body is too large"),
            _ => Self::bad_request("The request body could not be read"),
        }
    }

    /// Whether it may work the next time, with the same cookies.
    pub(super) fn is_transient(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// How this dialect says what became of a sign-in; the cause goes to the log.
    pub(super) fn from_sign_in(error: &SignInError) -> Self {
        log::warn!("not signed in: {error}");
        from_code(error.code)
    }
}

fn from_code(code: FailureCode) -> Problem {
    use StatusCode as S;
    let (status, detail) = match code {
        FailureCode::ReturnUrlNotAllowed => (S::BAD_REQUEST, "callbackUrl is not allowed"),
        FailureCode::ProviderDisabled => (S::NOT_FOUND, "Provider not found"),
        FailureCode::OptionsTooLarge => (S::BAD_REQUEST, "callbackUrl is too long"),
        FailureCode::InvalidState => (S::BAD_REQUEST, "This sign-in is over, or it began in another browser"),
        FailureCode::InvalidCallback => (S::BAD_REQUEST, "This is not an answer that a provider gives"),
        FailureCode::ProviderError | FailureCode::ExchangeFailed | FailureCode::ProfileFailed => {
            (S::BAD_REQUEST, "The provider did not vouch for anybody")
        }
        FailureCode::NotRefreshable => (S::BAD_REQUEST, "The provider has no refresh tokens"),
        FailureCode::InvalidIdToken => (S::BAD_REQUEST, "The id_token is not accepted"),
        FailureCode::InvalidConnectToken => return Problem::unauthorized(false),
        FailureCode::InvalidTicket => return Problem::no_ticket(),
        FailureCode::UserDisabled => (S::FORBIDDEN, "User is disabled"),
        FailureCode::UserUnverified => (S::FORBIDDEN, "Email address is not verified"),
        FailureCode::SignUpDisabled => (S::FORBIDDEN, "Sign up is disabled"),
        FailureCode::RejectedByApp => (S::FORBIDDEN, "Sign up was refused"),
        FailureCode::RoleNotAllowed | FailureCode::DefaultRoleNotAllowed => (S::FORBIDDEN, "Role is not allowed"),
        FailureCode::UserUnknown => (S::NOT_FOUND, "User not found"),
        FailureCode::AlreadyLinked => (S::CONFLICT, "This sign-in is linked to a user already"),
        FailureCode::UserAlreadyExists => (S::CONFLICT, "User exists already"),
        FailureCode::Unavailable => return Problem::unavailable(),
        FailureCode::Internal => return Problem::internal(),
    };
    Problem::new(status, detail)
}

impl From<CallbackError> for Problem {
    fn from(error: CallbackError) -> Self {
        Self::bad_request(error.to_string())
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        log::warn!("turned away: {error}");
        Self::unavailable()
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Policy(PolicyError::Unknown) => Self::new(StatusCode::NOT_FOUND, "User not found"),
            UserError::Policy(PolicyError::NotFresh) => {
                Self::new(StatusCode::FORBIDDEN, "This needs a sign-in of a short while ago; sign in once more")
            }
            // Clients forget a user who has no access.
            UserError::Policy(_) | UserError::Vetoed(_) => Self::unauthorized(false),
            UserError::RefreshTokenNotValid | UserError::CodeNotValid => Self::no_refresh_token(),
            UserError::Store(error) => {
                log::error!("the rows could not be reached: {error}");
                Self::unavailable()
            }
            UserError::CredentialNotCreated => {
                log::error!("{error}");
                Self::internal()
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title, self.detail)
    }
}

/// Where a status is explained.
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
        let mut body = json!({
            "type": reference(self.status),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(errors) = &self.errors {
            body["errors"] = json!(errors);
        }
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS));
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

impl Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        self.error_response()
    }
}
