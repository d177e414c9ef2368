//! Verifies an access token of either format, and reads all that it says.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::access_token::{AccessTokens, Principal, TokenError};
use super::aufy_access_token::AufyAccessTokens;
use super::verified_tokens::VerifiedToken;
use crate::domain::clock::Timestamp;

/// What a verified token says.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedClaims {
    /// Whose it is.
    pub principal: Principal,
    /// From when on it is not valid any more.
    pub expires_at: Timestamp,
    /// All roles.
    pub roles: Vec<String>,
    /// The role of requests that name none; tokens of the Aufy format have none.
    pub default_role: Option<String>,
    /// All claims.
    pub claims: Map<String, Value>,
    /// The claim whose members are roles and custom claims; `None` in tokens of the Aufy format.
    pub namespace: Option<Arc<str>>,
}

/// Verifies tokens of the formats that are issued.
#[derive(Clone, Debug)]
pub struct TokenVerifier {
    nhost: Option<AccessTokens>,
    aufy: Option<AufyAccessTokens>,
}

impl TokenVerifier {
    /// `None`: no tokens of the format are issued, and none is accepted.
    #[must_use]
    pub fn new(nhost: Option<AccessTokens>, aufy: Option<AufyAccessTokens>) -> Self {
        Self { nhost, aufy }
    }

    /// Verifies a token of any format.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedClaims, TokenError> {
        // The signature covers the header. With the other format's verifier a token would cost a signature check each time.
        if AufyAccessTokens::is_format_of(token) { self.verify_aufy(token, now) } else { self.verify_nhost(token, now) }
    }

    /// Verifies a token of the Aufy format.
    ///
    /// # Errors
    /// [`TokenError`]
    pub fn verify_aufy(&self, token: &str, now: Timestamp) -> Result<VerifiedClaims, TokenError> {
        let tokens = self.aufy.as_ref().ok_or(TokenError::NotValid)?;
        let VerifiedToken { principal, expires_at, .. } = tokens.verify_times(token, now)?;
        let claims = claims(token)?;
        let roles = texts(claims.get("role"));
        Ok(VerifiedClaims { principal, expires_at, roles, default_role: None, claims, namespace: None })
    }

    fn verify_nhost(&self, token: &str, now: Timestamp) -> Result<VerifiedClaims, TokenError> {
        let tokens = self.nhost.as_ref().ok_or(TokenError::NotValid)?;
        let VerifiedToken { principal, expires_at, .. } = tokens.verify_times(token, now)?;
        let (claims, namespace) = (claims(token)?, Arc::clone(tokens.namespace()));
        let member = |name: &str| claims.get(&*namespace).and_then(|members| members.get(name));
        let roles = texts(member("x-hasura-allowed-roles"));
        let default_role = member("x-hasura-default-role").and_then(Value::as_str).map(str::to_owned);
        Ok(VerifiedClaims { principal, expires_at, roles, default_role, claims, namespace: Some(namespace) })
    }
}

/// The claims of a token whose signature was verified, now or before.
fn claims(token: &str) -> Result<Map<String, Value>, TokenError> {
    let payload = token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).ok_or(TokenError::NotValid)
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn claims_are_those_of_the_payload() {
        let token = format!("x.{}.y", URL_SAFE_NO_PAD.encode(r#"{"role":["a",1,"b"]}"#));
        let found = claims(&token).expect("claims");
        assert_eq!(Value::from(found.clone()), json!({"role": ["a", 1, "b"]}));
        assert_eq!(texts(found.get("role")), ["a", "b"]);
        assert!(texts(found.get("other")).is_empty());
        for bad in ["", "x", "x.?.y", "x.W10.y"] {
            assert!(claims(bad).is_err(), "{bad}");
        }
    }
}
