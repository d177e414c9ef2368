//! Request bodies: JSON and forms. The scope's `PayloadConfig` limits their size.
//!
//! Bodies are read whatever their `Content-Type` says, because clients of both dialects leave it out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::{Rejection, text_map};
use crate::http::body_timeout;

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

/// A JSON body that may be empty.
#[derive(Clone, Debug)]
pub struct OptionalJson<T>(pub Option<T>);

/// A form-encoded body. Duplicate fields are refused, unknown ones ignored.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

fn extract<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    read: impl FnOnce(&[u8]) -> Result<T, Rejection> + 'static,
) -> Extracting<T> {
    let (bytes, request) = (Bytes::from_request(request, payload), request.clone());
    Box::pin(async move {
        let bytes = bytes.await.map_err(|error| match error.as_response_error().status_code() {
            StatusCode::PAYLOAD_TOO_LARGE => Rejection::BodyTooLarge,
            _ if body_timeout::is_timeout(&error) => Rejection::BodyTimeout,
            _ => Rejection::UnreadableBody,
        });
        bytes.and_then(|bytes| read(&bytes)).map_err(|rejection| rejection.into_error(&request))
    })
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Rejection> {
    // Only the position: the body may hold a token.
    let value = serde_json::from_slice(bytes).map_err(|error| Rejection::InvalidJson { column: error.column() })?;
    // serde also takes an array of a struct's fields.
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') { Ok(value) } else { Err(Rejection::InvalidParameters("the body is not a JSON object")) }
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, |bytes| json(bytes).map(Self))
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalJson<T> {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(
            request,
            payload,
            |bytes| if bytes.is_empty() { Ok(Self(None)) } else { json(bytes).map(Some).map(Self) },
        )
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = actix_web::Error;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request, payload, |bytes| text_map::from_bytes(bytes).map(Self))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Body {
        token: Option<String>,
    }

    #[test]
    fn body_is_an_object_and_no_array_of_its_fields() {
        let body: Body = json(b" \n{\"token\": \"x\"}").expect("an object");
        assert_eq!(body.token.as_deref(), Some("x"));
        let array = json::<Body>(b"[\"x\"]");
        assert_eq!(array.expect_err("refused"), Rejection::InvalidParameters("the body is not a JSON object"));
        assert!(matches!(json::<Body>(b"x"), Err(Rejection::InvalidJson { .. })));
    }
}
