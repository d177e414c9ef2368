//! Error responses in the shape of the specification page.

mod page;

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::codes::{self, ErrorCode};
use crate::actor::handle::SendError;
use crate::domain::hooks::Veto;
use crate::domain::log::{self, Scope};
use crate::domain::seal::SealError;
use crate::flow::error::{FailureCode, SignInError};
use crate::http::error_kind::ErrorKind;
use crate::http::extract::Rejection;
use crate::http::state::HttpState;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;
use crate::vault::vault::VaultError;

/// `Retry-After` of a 503, in seconds.
const UNAVAILABLE_RETRY_AFTER: u64 = 1;

/// An error response: JSON with `status`, `message` and `error`, sometimes with a `reason` that says what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NhostError {
    code: ErrorCode,
    /// What a person is told.
    kind: ErrorKind,
    status: StatusCode,
    message: &'static str,
    reason: Option<Cow<'static, str>>,
    /// The embedding app's own code and message, instead of ours.
    veto: Option<Box<Veto>>,
    /// `Retry-After`, in seconds.
    retry_after: Option<u64>,
    /// Where a browser mends what is missing.
    url: Option<String>,
}

impl From<ErrorCode> for NhostError {
    fn from(code: ErrorCode) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (kind, message) = (code.kind(), code.message());
        Self { code, kind, status, message, reason: None, veto: None, retry_after: None, url: None }
    }
}

impl NhostError {
    /// The request is wrong; `reason` says what to change.
    pub(super) fn invalid_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason.into()), ..ErrorCode::InvalidRequest.into() }
    }

    /// There is no provider of this name.
    pub(super) fn unknown_provider() -> Self {
        Self { kind: ErrorKind::ProviderNotAvailable, ..Self::invalid_request("there is no provider of this name") }
    }

    /// A form that another page than the confirmation page sent.
    pub(super) fn other_page() -> Self {
        Self { kind: ErrorKind::OtherPage, ..Self::invalid_request("only the confirmation page may answer") }
    }

    /// This browser has no link to confirm.
    pub(super) fn no_pending_link() -> Self {
        Self { kind: ErrorKind::LinkExpired, ..ErrorCode::InvalidState.into() }
    }

    /// The access token is missing or invalid. The page has no code for that; clients look at the status.
    pub(super) fn unauthorized() -> Self {
        let (kind, message) = (ErrorKind::SignInRequired, "A valid access token is required");
        Self { kind, status: StatusCode::UNAUTHORIZED, message, ..ErrorCode::InvalidRequest.into() }
    }

    /// The same request may succeed later.
    pub(super) fn unavailable() -> Self {
        let message = "The service is busy, or something that it needs is out of reach; try again in a moment";
        Self {
            kind: ErrorKind::Unavailable,
            status: StatusCode::SERVICE_UNAVAILABLE,
            message,
            retry_after: Some(UNAVAILABLE_RETRY_AFTER),
            ..ErrorCode::InternalServerError.into()
        }
    }

    /// What the app needs of a provider is missing; a browser that goes to `url` mends that.
    pub(super) fn mended_at(code: ErrorCode, url: String) -> Self {
        Self { url: Some(url), ..code.into() }
    }

    /// The provider does not answer now.
    pub(super) fn provider_unavailable(retry_after: u64) -> Self {
        Self { retry_after: Some(retry_after), ..ErrorCode::ProviderUnavailable.into() }
    }

    /// There is nothing of this kind.
    pub(super) fn nothing_found(message: &'static str) -> Self {
        Self { kind: ErrorKind::NotFound, status: StatusCode::NOT_FOUND, message, ..ErrorCode::InvalidRequest.into() }
    }

    /// The embedding app refused a new user, in its own words.
    fn vetoed(veto: &Veto) -> Self {
        Self { kind: ErrorKind::RejectedByApp, veto: Some(Box::new(veto.clone())), ..ErrorCode::SignupDisabled.into() }
    }

    /// The code that clients read.
    fn code(&self) -> &str {
        self.veto.as_ref().map_or(self.code.text(), |veto| veto.code())
    }

    /// The embedding app's own message.
    fn own_words(&self) -> Option<&str> {
        self.veto.as_ref().map(|veto| veto.message())
    }

    /// The same without anything about an account. What the embedding app says is its own decision.
    pub(super) fn concealed(&self) -> Self {
        if self.veto.is_some() {
            return self.clone();
        }
        let code = self.code.concealed();
        if code == self.code { self.clone() } else { code.into() }
    }

    /// A failed sign-in without a return URL; the cause goes to the log.
    pub(super) fn from_sign_in(http: &HttpState, error: &SignInError) -> Self {
        if let Some(veto) = error.veto() {
            return Self::vetoed(veto);
        }
        if let Some(refused) = error.scope_not_allowed() {
            return Self::invalid_request(refused.to_string());
        }
        match error.code {
            FailureCode::Unavailable => {
                log::log!(http.sign_ins.log_level(error), "request refused, overloaded: {error}");
                Self::unavailable()
            }
            FailureCode::OptionsTooLarge => Self::invalid_request("the options do not fit into a cookie of 2.5 kB"),
            FailureCode::InvalidIdToken => Self::invalid_request("the id_token is not accepted"),
            FailureCode::NotRefreshable => Self::invalid_request("this provider has no refresh tokens"),
            FailureCode::FlowExpired => Self { kind: ErrorKind::FlowExpired, ..ErrorCode::InvalidState.into() },
            code => codes::from_sign_in(code).into(),
        }
    }
}

impl From<Rejection> for NhostError {
    fn from(rejection: Rejection) -> Self {
        let kind = ErrorKind::from(&rejection);
        let message = match &rejection {
            Rejection::InvalidParameters(reason) => return Self::invalid_request(*reason),
            Rejection::DuplicateParameter(_) | Rejection::InvalidJson { .. } | Rejection::UnreadableBody => {
                return Self::invalid_request(rejection.to_string());
            }
            Rejection::Unavailable => return Self::unavailable(),
            Rejection::Internal => return ErrorCode::InternalServerError.into(),
            Rejection::BodyTimeout => "The request body took too long",
            Rejection::BodyTooLarge => "The request body is too large",
            Rejection::NotFound => "There is nothing here",
            Rejection::MethodNotAllowed => "This method is not allowed here",
            Rejection::HostNotAllowed => "Development mode answers only on this machine's own names, such as localhost",
            Rejection::TooManyRequests { retry_after } => {
                let message = "Too many requests; try again later";
                let error = Self { kind, status: rejection.status_code(), message, ..ErrorCode::InvalidRequest.into() };
                return Self { retry_after: Some(*retry_after), ..error };
            }
        };
        Self { kind, status: rejection.status_code(), message, ..ErrorCode::InvalidRequest.into() }
    }
}

impl From<SendError> for NhostError {
    fn from(error: SendError) -> Self {
        log::warn!("request refused, overloaded: {error}");
        Self::unavailable()
    }
}

impl From<UserError> for NhostError {
    fn from(error: UserError) -> Self {
        match error {
            UserError::Policy(PolicyError::SessionEnded) => Self::unauthorized(),
            UserError::Policy(PolicyError::NotFresh) => {
                let message = "This needs a session that began a short while ago; sign in once more";
                let (kind, status) = (ErrorKind::SessionNotFresh, StatusCode::FORBIDDEN);
                Self { kind, status, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(PolicyError::NotLinked) => {
                let message = "This provider is not linked to this account";
                Self { status: StatusCode::NOT_FOUND, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(PolicyError::LastIdentity) => {
                let message = "This is the only way to sign in to this account; link another one first";
                Self { status: StatusCode::CONFLICT, message, ..ErrorCode::InvalidRequest.into() }
            }
            UserError::Policy(error) => codes::from_policy(error).into(),
            UserError::Vetoed(veto) => {
                log::info!("{veto}");
                Self::vetoed(&veto)
            }
            UserError::Hook(_) | UserError::NotConsulted => {
                log::error!("{error}");
                Self::unavailable()
            }
            UserError::RefreshTokenNotValid => ErrorCode::InvalidRefreshToken.into(),
            UserError::CodeNotValid => ErrorCode::InvalidRequest.into(),
            UserError::TicketNotValid => ErrorCode::InvalidTicket.into(),
            UserError::Store(error) => {
                log::error!("database error: {error}");
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
        log::error!("vault error: {error}");
        match error {
            // Another node may have the key already.
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
        let message = self.own_words().unwrap_or(self.message);
        let mut body = json!({"status": self.status.as_u16(), "message": message, "error": self.code()});
        if let Some(reason) = &self.reason {
            body["reason"] = reason.as_ref().into();
        }
        if let Some(url) = &self.url {
            body["url"] = url.as_str().into();
        }
        if let Some(flow) = Scope::current().flow() {
            body["flow"] = flow.to_string().into();
        }
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_rt::test]
    async fn response_has_the_shape_of_the_page_and_its_status() {
        for code in ErrorCode::ALL {
            let response = NhostError::from(*code).error_response();
            assert_eq!(response.status().as_u16(), code.status());
            let body = actix_web::body::to_bytes(response.into_body()).await.expect("a body");
            let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
            assert_eq!(body, json!({"status": code.status(), "message": code.message(), "error": code.text()}));
        }
    }

    #[test]
    fn unavailable_names_a_time_to_retry() {
        let response = NhostError::unavailable().error_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
