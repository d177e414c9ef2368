//! Why a request is refused before a handler sees it.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, ResponseError, web};

use crate::http::state::HttpState;

/// A refused request. The text of a variant says what to change in the request; it never repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A parameter was given more than once: two readers might each take another one.
    #[error("`{0}` is given more than once")]
    DuplicateParameter(String),
    /// A query or a form is wrong in another way.
    #[error("{0}")]
    InvalidParameters(&'static str),
    /// The body is not the JSON of this route.
    #[error("the body is not the JSON that belongs here (column {column})")]
    InvalidJson {
        /// Where reading failed, from 1.
        column: usize,
    },
    /// The body ended early, or its encoding is broken.
    #[error("the body could not be read")]
    UnreadableBody,
    /// The body did not arrive within `server.body_timeout`.
    #[error("the request body took too long")]
    BodyTimeout,
    /// The body exceeds the limit of the route.
    #[error("the request body is too large")]
    BodyTooLarge,
    /// No route has this path.
    #[error("there is nothing here")]
    NotFound,
    /// The route has other methods.
    #[error("this method is not allowed here")]
    MethodNotAllowed,
    /// The client sent too many requests.
    #[error("too many requests; try again in {retry_after} s")]
    TooManyRequests {
        /// Seconds until the next request is answered.
        retry_after: u64,
    },
    /// Development mode does not serve this host name.
    #[error("development mode answers only on this machine's own names, such as localhost")]
    HostNotAllowed,
    /// The service cannot answer now.
    #[error("the service is not ready")]
    Unavailable,
    /// A scope was mounted without its state.
    #[error("internal error")]
    Internal,
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::DuplicateParameter(_)
            | Self::InvalidParameters(_)
            | Self::InvalidJson { .. }
            | Self::UnreadableBody => StatusCode::BAD_REQUEST,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::HostNotAllowed => StatusCode::MISDIRECTED_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Turns rejections into the errors of a dialect; registered as `app_data` of its scope.
#[derive(Clone, Copy, Debug)]
pub struct RejectionHandler(pub fn(Rejection) -> actix_web::Error);

impl Rejection {
    /// The error in the dialect of the request's scope.
    #[must_use]
    pub fn into_error(self, request: &HttpRequest) -> actix_web::Error {
        match request.app_data::<RejectionHandler>() {
            Some(handler) => handler.0(self),
            None => self.into(),
        }
    }

    /// The response in the dialect of the scope, for middleware.
    #[must_use]
    pub fn into_response(self, request: ServiceRequest) -> ServiceResponse<BoxBody> {
        let error = self.into_error(request.request());
        ServiceResponse::from_err(error, request.into_parts().0)
    }
}

/// The state of the worker that serves this request.
///
/// # Errors
/// [`Rejection::Internal`] if the scope was mounted without it.
pub(crate) fn http_state(request: &HttpRequest) -> Result<&web::Data<HttpState>, Rejection> {
    request.app_data().ok_or(Rejection::Internal)
}
