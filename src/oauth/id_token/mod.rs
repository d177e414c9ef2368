//! Validates id_tokens (OpenID Connect Core section 3.1.3.7).
//!
//! Our own code and not a library's, because it is stricter: repeated JSON members, `crit`, other token types, claims of the
//! wrong JSON type, several audiences without `azp`, old tokens and a wrong `at_hash` are refused. The token does not choose
//! how it is checked: the algorithm must be allowed, the key one that we fetched. `claims` checks the claims. Pure.

mod claims;
mod validation;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

pub use self::validation::{ClaimFault, IdTokenError, IdTokenValidation};
use super::algorithm::SigningAlgorithm;
use super::jwks::Jwks;
use super::strict_json;
use crate::domain::secret::Secret;

/// The most keys that are tried for a token without `kid`.
const MAX_CANDIDATE_KEYS: usize = 8;

/// Validates signature and claims of a token and returns the claims.
///
/// # Errors
/// [`IdTokenError`]; only [`IdTokenError::UnknownKey`] deserves a second try, with keys fetched again.
pub fn validate_id_token(
    token: &Secret,
    keys: &Jwks,
    validation: &IdTokenValidation<'_>,
) -> Result<Value, IdTokenError> {
    let token = Parts::read(token.expose())?;
    let algorithm = algorithm(&token.header, validation.algorithms)?;
    check_header(&token.header)?;
    check_signature(&token, keys, algorithm)?;
    let claims = part(token.payload, "payload")?;
    claims::check(&claims, algorithm, validation)?;
    Ok(Value::Object(claims))
}

/// The three parts of a signed token in compact form (RFC 7515 section 7.1).
pub(super) struct Parts<'a> {
    pub(super) header: Map<String, Value>,
    pub(super) payload: &'a str,
    signature: &'a str,
    /// The signed text: header and payload as they were sent.
    message: &'a [u8],
}

impl<'a> Parts<'a> {
    pub(super) fn read(token: &'a str) -> Result<Self, IdTokenError> {
        let parts = IdTokenError::Malformed("parts");
        let (message, signature) = token.rsplit_once('.').ok_or(parts)?;
        let (header, payload) = message.split_once('.').ok_or(parts)?;
        if payload.contains('.') {
            return Err(parts);
        }
        decode(signature, "signature")?;
        Ok(Self { header: part(header, "header")?, payload, signature, message: message.as_bytes() })
    }
}

pub(super) fn part(text: &str, name: &'static str) -> Result<Map<String, Value>, IdTokenError> {
    strict_json::parse_object(&decode(text, name)?).ok_or(IdTokenError::Malformed(name))
}

/// Only the canonical encoding is accepted: no padding, no stray bits at the end.
fn decode(text: &str, name: &'static str) -> Result<Vec<u8>, IdTokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| IdTokenError::Malformed(name))
}

/// The algorithm that the header names, if it is one of `allowed`.
pub(super) fn algorithm(header: &Map<String, Value>, allowed: &[String]) -> Result<SigningAlgorithm, IdTokenError> {
    let name = header.get("alg").and_then(Value::as_str).ok_or(IdTokenError::Malformed("alg"))?;
    let is_allowed = |algorithm: &SigningAlgorithm| {
        allowed.iter().any(|allowed| SigningAlgorithm::named(allowed).as_ref() == Some(algorithm))
    };
    SigningAlgorithm::named(name).filter(is_allowed).ok_or(IdTokenError::AlgorithmNotAllowed)
}

/// Keys and URLs in a header (`jwk`, `jku`, `x5c`, `x5u`) are ignored.
fn check_header(header: &Map<String, Value>) -> Result<(), IdTokenError> {
    // No extension is supported, so none can be critical (RFC 7515 section 4.1.11).
    if header.contains_key("crit") {
        return Err(IdTokenError::Malformed("crit"));
    }
    // A token of another type, such as at+jwt or logout+jwt, names its type (RFC 8725 section 3.11).
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if !kind.to_ascii_lowercase().ends_with("+jwt") => Ok(()),
        Some(_) => Err(IdTokenError::Malformed("typ")),
    }
}

/// Some key of the set must have made the signature, by this algorithm.
pub(super) fn check_signature(token: &Parts<'_>, keys: &Jwks, algorithm: SigningAlgorithm) -> Result<(), IdTokenError> {
    let kid = match token.header.get("kid") {
        None => None,
        Some(Value::String(kid)) => Some(kid.as_str()),
        Some(_) => return Err(IdTokenError::Malformed("kid")),
    };
    let mut candidates = keys.candidates(kid, algorithm).take(MAX_CANDIDATE_KEYS).peekable();
    let otherwise = match kid {
        Some(kid) if !keys.contains(kid) => IdTokenError::UnknownKey,
        Some(_) if candidates.peek().is_none() => IdTokenError::UnsuitableKey,
        Some(_) => IdTokenError::BadSignature,
        // Without a `kid`, a new key cannot be told from a wrong signature.
        None => IdTokenError::UnknownKey,
    };
    match candidates.any(|key| key.verifies(token.signature, token.message, algorithm)) {
        true => Ok(()),
        false => Err(otherwise),
    }
}

#[cfg(test)]
mod tests;
