//! Parses JSON and refuses objects with repeated members, at any depth.
//!
//! Two parsers could read different users, keys or endpoints out of such a document. serde_json keeps the last member, so
//! this is our own. Pure.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// The one value in `bytes`; `None` if there is anything else, or a repeated member.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Unique<true>>(bytes).ok().map(|unique| unique.0)
}

/// As [`parse`], of an object only with the members that `is_wanted`. The others are checked all the same.
pub(super) fn parse_members(bytes: &[u8], is_wanted: impl Fn(&str) -> bool) -> Option<Value> {
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return parse(bytes);
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let members = Wanted(is_wanted).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(Value::Object(members))
}

/// The one object in `bytes`; `None` if there is anything else, or a repeated member.
pub(super) fn parse_object(bytes: &[u8]) -> Option<Map<String, Value>> {
    match parse(bytes)? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// A value without repeated members; `null` unless it is kept.
struct Unique<const IS_KEPT: bool>(Value);

impl<'de, const IS_KEPT: bool> Deserialize<'de> for Unique<IS_KEPT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor::<IS_KEPT>)
    }
}

impl<const IS_KEPT: bool> Unique<IS_KEPT> {
    fn of<E>(value: impl Into<Value>) -> Result<Self, E> {
        Ok(Self(if IS_KEPT { value.into() } else { Value::Null }))
    }
}

struct UniqueVisitor<const IS_KEPT: bool>;

impl<'de, const IS_KEPT: bool> Visitor<'de> for UniqueVisitor<IS_KEPT> {
    type Value = Unique<IS_KEPT>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated members")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Unique::of(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Unique::of(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Unique::<IS_KEPT>(element)) = access.next_element()? {
            if IS_KEPT {
                elements.push(element);
            }
        }
        Unique::of(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Self::Value, A::Error> {
        Wanted(|_: &str| IS_KEPT).visit_map(access).and_then(Unique::of)
    }
}

/// An object with the members that are wanted, none of which is repeated, nor any other.
struct Wanted<F>(F);

impl<'de, F: Fn(&str) -> bool> DeserializeSeed<'de> for Wanted<F> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Wanted<F> {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let (mut members, mut others) = (Map::new(), Vec::new());
        while let Some(Name(name)) = access.next_key()? {
            if !(self.0)(&name) {
                access.next_value::<Unique<false>>()?;
                others.push(name);
            } else if members.insert(name.into_owned(), access.next_value::<Unique<true>>()?.0).is_some() {
                return Err(A::Error::custom("a repeated member"));
            }
        }
        unless_repeated(others).map(|()| members)
    }
}

fn unless_repeated<E: Error>(mut names: Vec<Cow<'_, str>>) -> Result<(), E> {
    // Most names differ in length already.
    names.sort_unstable_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    let is_repeated = names.windows(2).any(|two| two.first() == two.last());
    if is_repeated { Err(E::custom("a repeated member")) } else { Ok(()) }
}

/// The name of a member, borrowed where it is written without escapes.
struct Name<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
    fn members_that_are_not_wanted_are_left_out_and_checked() {
        let text = br#" {"id":1,"b":{"c":[{"d":1},null,-1.5]},"\u0065":"\n","f":{"g":true}} "#;
        let wanted = |name: &str| ["id", "f", "z"].contains(&name);
        assert_eq!(parse_members(text, wanted), Some(json!({"id": 1, "f": {"g": true}})));
        assert_eq!(parse_members(b"[1,{\"a\":1}]", wanted), Some(json!([1, {"a": 1}])));
        for bad in [
            br#"{"id":1,"id":1}"#.as_slice(),
            br#"{"a":1,"b":2,"\u0061":2}"#,
            br#"{"a":{"b":1,"c":1,"b":2}}"#,
            br#"{"a":[{"b":[{"c":1,"c":2}]}]}"#,
            br#"{"f":{"b":1,"b":2}}"#,
            br#"{"a":1}{}"#,
            br#"{"a":1} x"#,
            b"{\"a\":\"\xff\"}",
            b"{\"\xff\":1}",
            br#"{"a":1,}"#,
            br#"{"a":1e999}"#,
            br#"{"a":tru}"#,
            br#"{"a":"\ud800"}"#,
            b"{",
            b"",
        ] {
            assert_eq!(parse_members(bad, wanted), None, "{}", String::from_utf8_lossy(bad));
            assert_eq!(parse(bad), None, "{}", String::from_utf8_lossy(bad));
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(parse_members(deep.as_bytes(), wanted), None);
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
