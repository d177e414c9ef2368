//! An id_token: is it the provider's own signature, and does it speak of this sign-in?
//!
//! Trusts nothing that the token says about how to check it: the algorithm must be one that we allow, the key
//! one that we fetched. Its claims are judged in `claims`. Pure: keys and time are given.

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

/// How many keys are tried at most for a token that does not say which.
const MAX_CANDIDATE_KEYS: usize = 8;

/// Checks a token as OpenID Connect Core section 3.1.3.7 demands, the signature included, and gives its claims.
///
/// # Errors
/// [`IdTokenError`]; only [`IdTokenError::UnknownKey`] is worth a second try, with keys fetched anew.
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
struct Parts<'a> {
    header: Map<String, Value>,
    payload: &'a str,
    signature: &'a str,
    /// What is signed: header and payload as they were written.
    message: &'a str,
}

impl<'a> Parts<'a> {
    fn read(token: &'a str) -> Result<Self, IdTokenError> {
        let parts = IdTokenError::Malformed("parts");
        let (message, signature) = token.rsplit_once('.').ok_or(parts)?;
        let (header, payload) = message.split_once('.').ok_or(parts)?;
        if payload.contains('.') {
            return Err(parts);
        }
        decode(signature, "signature")?;
        Ok(Self { header: part(header, "header")?, payload, signature, message })
    }
}

fn part(text: &str, name: &'static str) -> Result<Map<String, Value>, IdTokenError> {
    strict_json::parse_object(&decode(text, name)?).ok_or(IdTokenError::Malformed(name))
}

/// This decoder accepts one spelling only: no padding, no stray bits at the end.
fn decode(text: &str, name: &'static str) -> Result<Vec<u8>, IdTokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| IdTokenError::Malformed(name))
}

fn algorithm(header: &Map<String, Value>, allowed: &[String]) -> Result<SigningAlgorithm, IdTokenError> {
    let name = header.get("alg").and_then(Value::as_str).ok_or(IdTokenError::Malformed("alg"))?;
    let is_allowed = allowed.iter().any(|allowed| allowed == name);
    SigningAlgorithm::named(name).filter(|_| is_allowed).ok_or(IdTokenError::AlgorithmNotAllowed)
}

/// Keys and addresses in a header (`jwk`, `jku`, `x5c`, `x5u`) are not even looked at.
fn check_header(header: &Map<String, Value>) -> Result<(), IdTokenError> {
    // We know no extension, so there is none that we could honour (RFC 7515 section 4.1.11).
    if header.contains_key("crit") {
        return Err(IdTokenError::Malformed("crit"));
    }
    // A token of another kind, such as at+jwt or logout+jwt, says so (RFC 8725 section 3.11).
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if !kind.to_ascii_lowercase().ends_with("+jwt") => Ok(()),
        Some(_) => Err(IdTokenError::Malformed("typ")),
    }
}

fn check_signature(token: &Parts<'_>, keys: &Jwks, algorithm: SigningAlgorithm) -> Result<(), IdTokenError> {
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
        // Without a name a new key cannot be told from a wrong signature.
        None => IdTokenError::UnknownKey,
    };
    match candidates.any(|key| key.verifies(token.signature, token.message, algorithm)) {
        true => Ok(()),
        false => Err(otherwise),
    }
}

#[cfg(test)]
mod tests;
