//! Deserializes form-encoded text (queries and forms) into a struct.
//!
//! Serde's derive refuses fields that are given twice and ignores unknown ones. The text `undefined` is what
//! JavaScript writes for a missing value, and is read as one; `serde_urlencoded` cannot do that.

use std::borrow::Cow;

use serde::de::value::{Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use url::form_urlencoded;

use super::Rejection;

/// Reads `text` as a `T`, whose fields are `Option<String>` or the like.
///
/// # Errors
/// [`Rejection::DuplicateParameter`] or [`Rejection::InvalidParameters`]
pub fn from_bytes<T: DeserializeOwned>(text: &[u8]) -> Result<T, Rejection> {
    let pairs = form_urlencoded::parse(text).map(|(name, value)| (name, Text(value)));
    T::deserialize(MapDeserializer::<_, Error>::new(pairs)).map_err(|error| {
        let message = error.to_string();
        match message.strip_prefix("duplicate field `").and_then(|rest| rest.strip_suffix('`')) {
            Some(name) => Rejection::DuplicateParameter(name.to_owned()),
            None => Rejection::InvalidParameters("a parameter is not valid"),
        }
    })
}

/// The value of one parameter.
struct Text<'a>(Cow<'a, str>);

impl<'de> IntoDeserializer<'de> for Text<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0.into_owned())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0 == "undefined" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Params {
        state: Option<String>,
        connect: Option<String>,
    }

    #[test]
    fn parameters_are_decoded_and_unknown_ones_ignored() {
        let params: Params = from_bytes(b"state=a+b%26&x=1&x=2&connect=undefined").expect("valid");
        assert_eq!(params, Params { state: Some("a b&".to_owned()), connect: None });
    }

    #[test]
    fn duplicate_parameter_is_refused_however_it_is_encoded() {
        for text in ["state=1&state=2", "state=1&st%61te=2", "state=1&state=undefined"] {
            let refused = from_bytes::<Params>(text.as_bytes());
            assert_eq!(refused, Err(Rejection::DuplicateParameter("state".to_owned())), "{text}");
        }
    }
}
