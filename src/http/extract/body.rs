//! Request bodies: JSON and forms, of at most [`MAX_BODY`] bytes.
//!
//! Bodies are read whatever their `Content-Type` says, because clients of both dialects leave it out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::TryStreamExt as _;
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::{Rejection, text_map};
use crate::http::body_timeout;
use crate::http::routing::MAX_BODY;

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
    let (payload, request) = (payload.take(), request.clone());
    Box::pin(async move {
        let bytes = collect(request.headers(), payload).await.map_err(|error| match error {
            PayloadError::Overflow => Rejection::BodyTooLarge,
            error if body_timeout::is_timeout(&error) => Rejection::BodyTimeout,
            _ => Rejection::UnreadableBody,
        });
        bytes.and_then(|bytes| read(&bytes)).map_err(|rejection| rejection.into_error(&request))
    })
}

/// The whole body. One that arrives in one part, as most do, is not copied; actix's own extractor reserves 8 kB for each.
async fn collect(headers: &HeaderMap, mut payload: Payload) -> Result<Bytes, PayloadError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > MAX_BODY) {
        return Err(PayloadError::Overflow);
    }
    let (mut body, mut last) = (Vec::new(), Bytes::new());
    while let Some(part) = payload.try_next().await? {
        body.extend_from_slice(&last);
        last = part;
        if body.len() + last.len() > MAX_BODY {
            return Err(PayloadError::Overflow);
        }
    }
    if body.is_empty() {
        return Ok(last);
    }
    body.extend_from_slice(&last);
    Ok(body.into())
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Rejection> {
    // Only the position: the body may hold a token.
    let body = serde_json::from_slice(bytes).map_err(|error| Rejection::InvalidJson { column: error.column() });
    body.map(|Object(value)| value)
}

/// A struct that is read from a JSON object alone: serde would also take an array of its fields. Other types are read as
/// usual.
#[derive(Clone, Debug, Default)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(StructAsMap(deserializer)).map(Self)
    }
}

/// Asks for a map where a struct is read.
struct StructAsMap<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for StructAsMap<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
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
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    struct Body {
        token: Option<String>,
        #[serde(default)]
        inner: Object<Inner>,
        #[serde(default)]
        optional: Option<Object<Inner>>,
    }

    #[derive(Clone, Debug, Default, Deserialize)]
    struct Inner {
        token: Option<String>,
    }

    #[test]
    fn struct_is_an_object_and_no_array_of_its_fields() {
        let body: Body = json(b" \n{\"token\": \"x\", \"optional\": null}").expect("an object");
        assert!(body.token.as_deref() == Some("x") && body.optional.is_none());
        let body: Body = json(b"{\"inner\": {\"token\": \"y\"}, \"optional\": {}}").expect("an object");
        assert!(body.inner.0.token.as_deref() == Some("y") && body.optional.is_some());
        for text in ["[\"x\"]", "x", "{} {}", "{\"inner\": [\"x\"]}", "{\"inner\": null}", "{\"optional\": [\"x\"]}"] {
            assert!(matches!(json::<Body>(text.as_bytes()), Err(Rejection::InvalidJson { .. })), "{text}");
        }
        assert_eq!(json::<Value>(b"[1]").expect("any JSON"), serde_json::json!([1]));
    }
}
