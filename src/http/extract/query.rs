//! The query of a request.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::text_map;

/// The query, read as a `T`. Duplicate parameters are refused, unknown ones ignored.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = text_map::from_bytes(request.query_string().as_bytes());
        ready(query.map(Self).map_err(|rejection| rejection.into_error(request)))
    }
}
