//! Error answers, in the shape of the specification page.

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use serde_json::json;

use super::codes::{self, ErrorCode};
use crate::actor::handle::SendError;
use crate::domain::seal::SealError;
use crate::flow::error::{FailureCode, SignInError};
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;
use crate::vault::vault::VaultError;

/// Seconds after which somebody who was turned away may ask again.
const RETRY_AFTER_SECONDS: &str = "1";

/// An error answer: always JSON with `status`, `message`, `error`, and perhaps a `reason` that helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NhostError {
    code: ErrorCode,
    status: StatusCode,
    message: &'static str,
    reason: Option<Cow<'static, str>>,
}

impl From<ErrorCode> for NhostError {
    fn from(code: ErrorCode) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { code, status, message: code.message(), reason: None }
    }
}

impl NhostError {
    /// The request is wrong, and this is how.
    pub(super) fn invalid_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..ErrorCode::InvalidRequest.into() }
    }

    /// The page has no code for a missing or bad access token; clients look at the status.
    pub(super) fn unauthorized() -> Self {
        let message = "A valid access token is required";
        Self { status: StatusCode::UNAUTHORIZED, message, ..ErrorCode::InvalidRequest.into() }
    }

    /// Later it may work.
    pub(super) fn unavailable() -> Self {
        let message = "The service is busy, or something that it needs is out of reach; try again in a moment";
        Self { status: StatusCode::SERVICE_UNAVAILABLE, message, ..ErrorCode::InternalServerError.into() }
    }

    /// The same, telling nothing about an account.
    pub(super) fn concealed(&self) -> Self {
        let code = self.code.concealed();
        if code == self.code { self.clone() } else { code.into() }
    }

    pub(super) fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, message: "There is nothing here", ..ErrorCode::InvalidRequest.into() }
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "This method is not allowed here";
        Self { status: StatusCode::METHOD_NOT_ALLOWED, message, ..ErrorCode::InvalidRequest.into() }
    }

    pub(super) fn body_too_large() -> Self {
        let message = "The request body is too large";
        Self { status: StatusCode::PAYLOAD_TOO_LARGE, message, ..ErrorCode::InvalidRequest.into() }
    }

    /// The answer to a sign-in that has nowhere to be sent back to; the cause goes to the log.
    pub(super) fn from_sign_in(error: &SignInError) -> Self {
        match error.code {
            FailureCode::Unavailable => {
                log::warn!("turned away: {error}");
                Self::unavailable()
            }
            FailureCode::OptionsTooLarge => Self::invalid_request("the options do not fit into a cookie of 2.5 kB"),
            FailureCode::InvalidIdToken => Self::invalid_request("the id_token is not accepted"),
            FailureCode::NotRefreshable => Self::invalid_request("this provider has no refresh tokens"),
            code => codes::from_sign_in(code).into(),
        }
    }
}

impl From<SendError> for NhostError {
    fn from(error: SendError) -> Self {
        log::warn!("turned away: {error}");
        Self::unavailable()
    }
}

impl From<UserError> for NhostError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Policy(PolicyError::SessionEnded) => Self::unauthorized(),
            UserError::Policy(PolicyError::NotFresh) => {
                let message = "This needs a session that began a short while ago; sign in once more";
                Self { status: StatusCode::FORBIDDEN, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(PolicyError::NotLinked) => {
                let message = "This provider is not linked to this account";
                Self { status: StatusCode::NOT_FOUND, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(PolicyError::LastIdentity) => {
                let message = "This is the only way to sign in to this account; link another one first";
                Self { status: StatusCode::CONFLICT, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(refusal) => codes::from_refusal(refusal).into(),
            UserError::Vetoed(veto) => {
                log::info!("{veto}");
                ErrorCode::SignupDisabled.into()
            }
            UserError::RefreshTokenNotValid => ErrorCode::InvalidRefreshToken.into(),
            UserError::CodeNotValid => ErrorCode::InvalidRequest.into(),
            UserError::Store(error) => {
                log::error!("the rows could not be reached: {error}");
                Self::unavailable()
            }
            UserError::CredentialNotCreated => {
                log::error!("{error}");
                ErrorCode::InternalServerError.into()
            }
        }
    }
}

impl From<VaultError> for NhostError {
    fn from(error: VaultError) -> Self {
        log::error!("the vault gave nothing: {error}");
        match error {
            // A node that does not have the key yet; another one has it.
            VaultError::Store(_) | VaultError::Seal(SealError::UnknownKey) => Self::unavailable(),
            VaultError::Seal(_) => ErrorCode::InternalServerError.into(),
        }
    }
}

impl fmt::Display for NhostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.text())
    }
}

impl ResponseError for NhostError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut body = json!({"status": self.status.as_u16(), "message": self.message, "error": self.code.text()});
        if let Some(reason) = &self.reason {
            body["reason"] = reason.as_ref().into();
        }
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, RETRY_AFTER_SECONDS));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(body)
    }
}

impl Responder for NhostError {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        self.error_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn an_answer_has_the_shape_of_the_page_and_the_status_of_its_code() {
        for code in ErrorCode::ALL {
            let response = NhostError::from(*code).error_response();
            assert_eq!(response.status().as_u16(), code.status());
            let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(body, json!({"status": code.status(), "message": code.message(), "error": code.text()}));
        }
    }

    #[test]
    fn who_is_turned_away_is_told_when_to_come_again() {
        let response = NhostError::unavailable().error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
