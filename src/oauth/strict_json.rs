//! Parses JSON and refuses objects with repeated members, at any depth.
//!
//! Two parsers could read different users, keys or endpoints out of such a document. serde_json keeps the last member, so
//! this is our own. Pure.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The one value in `bytes`; `None` if there is anything else, or a repeated member.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Unique>(bytes).ok().map(|unique| unique.0)
}

/// The one object in `bytes`; `None` if there is anything else, or a repeated member.
pub(super) fn parse_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    match parse(bytes)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// A value without repeated members.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated members")
    }

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Unique, E> {
        Ok(Unique(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Unique, A::Error> {
        let mut elements = Vec::new();
        while let Some(Unique(element)) = access.next_element()? {
            elements.push(element);
        }
        Ok(Unique(Value::Array(elements)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Unique, A::Error> {
        let mut members = Map::new();
        while let Some((name, Unique(value))) = access.next_entry::<String, Unique>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a repeated member"));
            }
        }
        Ok(Unique(Value::Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_with_repeated_member_is_refused() {
        assert_eq!(parse_object(br#" {"a":1,"A":{"a":2}} "#).map(|members| members.len()), Some(2));
        for bad in [
            br#"{"a":1,"a":1}"#.as_slice(),
            br#"{"a":1,"\u0061":2}"#,
            br#"{"a":{"b":1,"b":2}}"#,
            br#"{"a":[{"b":1,"c":[],"b":2}]}"#,
            br#"{"a":1}{}"#,
            br#"{"a":1} x"#,
            b"\xef\xbb\xbf{}",
            b"[]",
            b"null",
            b"\"a\"",
            b"",
            b"{\"a\":\"\xff\"}",
            br#"{"a":1,}"#,
            br#"{"a":NaN}"#,
        ] {
            assert_eq!(parse_object(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }

    #[test]
    fn values_are_those_of_the_usual_parser() {
        let text =
            br#"{"a":[null,true,-7,18446744073709551615,1.5,1e300,99999999999999999999,"\u00e4\n"],"b":{"a":{}}}"#;
        assert_eq!(parse(text), serde_json::from_slice(text).ok());
        assert_eq!(parse(br#"[{"a":1},{"a":1}]"#), serde_json::from_slice(br#"[{"a":1},{"a":1}]"#).ok());
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        assert_eq!(parse(deep.as_bytes()), None);
    }
}
