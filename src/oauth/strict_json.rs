//! Parses JSON objects and refuses repeated members.
//!
//! Two parsers could read different users out of such a document. serde_json keeps the last member, so this is our own. Pure.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The one object in `bytes`; `None` if there is anything else, or a repeated member.
pub(super) fn parse_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice::<UniqueObject>(bytes).ok().map(|once| once.0)
}

struct UniqueObject(Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(UniqueObjectVisitor)
    }
}

struct UniqueObjectVisitor;

impl<'de> Visitor<'de> for UniqueObjectVisitor {
    type Value = UniqueObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<UniqueObject, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a repeated member"));
            }
        }
        Ok(UniqueObject(members))
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
}
