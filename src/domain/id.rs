//! Ids, each with a type of its own.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::sha256::sha256;

macro_rules! uuid_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

uuid_id! {
    /// The id of a user.
    UserId
}
uuid_id! {
    /// The id of a session, which stays the same while its refresh tokens rotate.
    SessionId
}

/// A provider's name in paths and settings: 1 to 32 of `a-z 0-9 - _`, starting with a letter or digit. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ProviderName(Arc<str>);

impl ProviderName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a provider's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a provider's name is 1 to 32 of a-z, 0-9, '-' and '_', starting with a letter or digit")]
pub struct InvalidProviderName;

impl FromStr for ProviderName {
    type Err = InvalidProviderName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut bytes = text.bytes();
        if text.len() <= 32
            && bytes.next().is_some_and(is_alphanumeric)
            && bytes.all(|b| is_alphanumeric(b) || b == b'-' || b == b'_')
        {
            Ok(Self(text.into()))
        } else {
            Err(InvalidProviderName)
        }
    }
}

impl TryFrom<String> for ProviderName {
    type Error = InvalidProviderName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ProviderName> for String {
    fn from(name: ProviderName) -> Self {
        name.as_str().to_owned()
    }
}

impl Serialize for ProviderName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The name of a flow in logs, records, the audit trail and errors: the beginning of the hash that marks it used. It
/// reveals nothing of the flow's `state`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct FlowTag([u8; 8]);

impl FlowTag {
    /// The tag of the flow with this `state`.
    #[must_use]
    pub fn of(state: &str) -> Self {
        Self::of_hash(sha256(state))
    }

    /// The tag of the flow whose `state` has this hash.
    #[must_use]
    pub(crate) fn of_hash(hash: [u8; 32]) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = hash;
        Self([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for FlowTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for FlowTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FlowTag({self})")
    }
}

/// The text is no [`FlowTag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a flow is 16 hexadecimal digits")]
pub struct InvalidFlowTag;

impl FromStr for FlowTag {
    type Err = InvalidFlowTag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = if is_hex { u64::from_str_radix(text, 16).ok() } else { None };
        number.map(|number| Self(number.to_be_bytes())).ok_or(InvalidFlowTag)
    }
}

impl TryFrom<String> for FlowTag {
    type Error = InvalidFlowTag;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for FlowTag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_name_is_lower_case_ascii() {
        for good in ["github", "c9", "my-idp_2"] {
            assert!(good.parse::<ProviderName>().is_ok(), "{good}");
        }
        for bad in ["", "GitHub", "-a", "a/b", "a.b", "é", &"x".repeat(33)] {
            assert!(bad.parse::<ProviderName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn flow_tag_is_read_as_it_prints() {
        let tag = FlowTag::of("a state");
        assert_eq!(tag.to_string().parse(), Ok(tag));
        for bad in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "+123456789abcdef"] {
            assert_eq!(bad.parse::<FlowTag>(), Err(InvalidFlowTag), "{bad}");
        }
    }
}
