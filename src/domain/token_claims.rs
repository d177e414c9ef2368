//! What an embedding app adds to access tokens.

use std::collections::BTreeMap;

use serde_json::Value;

use super::claims::{self, ClaimRule};

/// Claims that are always set by us, or that say who issued the token for whom (RFC 7519 section 4.1), in either dialect.
const RESERVED: [&str; 12] =
    ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "nameid", "unique_name", "role", "email"];

/// The prefix of members of the namespaced claim.
const NAMESPACED: &str = "x-hasura-";

/// The most bytes of all names and values together, because tokens travel in headers and cookies.
const MAX_BYTES: usize = 1024;

/// Why a claim cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// The name is empty, or a claim of this name is ours.
    #[error("the claim `{0}` cannot be set")]
    Reserved(String),
    /// All claims together are larger than 1024 bytes.
    #[error("the claims are larger than {MAX_BYTES} bytes")]
    TooLarge,
}

/// Claims that an app adds to an access token.
///
/// A claim whose name begins with `x-hasura-` is a member of the namespaced claim of Nhost's tokens, as text, and is not
/// in Aufy's. Every other claim is at the top level of both, with any JSON value. A claim of ours cannot be set; one that
/// `session.claims_namespace` names is left out of Nhost's. One set here wins over one of `session.custom_claims`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenClaims {
    namespaced: BTreeMap<String, String>,
    top_level: BTreeMap<String, Value>,
    bytes: usize,
}

impl TokenClaims {
    /// No claims.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one claim more.
    ///
    /// # Errors
    /// [`ClaimError`]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Result<Self, ClaimError> {
        self.insert(name, value)?;
        Ok(self)
    }

    /// Adds a claim, or replaces the one of this name.
    ///
    /// # Errors
    /// [`ClaimError`]; nothing was added.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) -> Result<(), ClaimError> {
        let value = value.into();
        let reserved = || ClaimError::Reserved(name.to_owned());
        let bytes = self.bytes + name.len() + value.to_string().len();
        if bytes > MAX_BYTES {
            return Err(ClaimError::TooLarge);
        }
        let is_namespaced = name.get(..NAMESPACED.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAMESPACED));
        if is_namespaced {
            let name = ClaimRule::name_of(name).ok_or_else(reserved)?;
            self.namespaced.insert(name, claims::encode(&value));
        } else {
            if name.is_empty() || RESERVED.iter().any(|ours| ours.eq_ignore_ascii_case(name)) {
                return Err(reserved());
            }
            self.top_level.insert(name.to_owned(), value);
        }
        self.bytes = bytes;
        Ok(())
    }

    /// The members of the namespaced claim.
    pub(crate) fn namespaced(&self) -> &BTreeMap<String, String> {
        &self.namespaced
    }

    /// The claims beside ours.
    pub(crate) fn top_level(&self) -> &BTreeMap<String, Value> {
        &self.top_level
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_says_where_the_claim_stands_and_a_reserved_one_is_refused() {
        let claims =
            TokenClaims::new().with("plan", "pro").and_then(|claims| claims.with("X-Hasura-Teams", json!([1])));
        let mut claims = claims.expect("allowed");
        assert_eq!(claims.top_level(), &BTreeMap::from([("plan".to_owned(), json!("pro"))]));
        assert_eq!(claims.namespaced(), &BTreeMap::from([("x-hasura-teams".to_owned(), "{1}".to_owned())]));
        for name in ["", "sub", "SUB", "exp", "sid", "role", "email", "x-hasura-user-id", "X-Hasura-Default-Role"] {
            assert_eq!(claims.insert(name, "x"), Err(ClaimError::Reserved(name.to_owned())), "{name}");
        }
        assert_eq!(claims.insert("long", "x".repeat(1024)), Err(ClaimError::TooLarge));
        assert_eq!(claims.top_level().len(), 1);
    }
}
