//! What an id_token says, held against what it must say (OpenID Connect Core sections 2 and 3.1.3.7).
//!
//! A claim of the wrong JSON type is wrong, never absent. Pure.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::algorithm::SigningAlgorithm;
use super::id_token::ClaimFault::{Different, Missing, Mistyped, TooEarly, TooLate};
use super::id_token::{ClaimFault, IdTokenError, IdTokenExpectation};
use crate::domain::secret::Secret;

/// How far the provider's clock may be from ours.
const SKEW: Duration = Duration::from_secs(60);
/// The greatest age of a token: it was made for this sign-in.
const MOST_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// The greatest length of a subject, in ASCII characters (OpenID Connect Core section 2).
const MOST_SUBJECT: usize = 255;

type Claims = Map<String, Value>;

/// Judges all claims that we rely on; others may say what they like.
pub(super) fn check(
    claims: &Claims,
    algorithm: SigningAlgorithm,
    expectation: &IdTokenExpectation<'_>,
) -> Result<(), IdTokenError> {
    let issuer = text(claims, "iss")?.ok_or(fault("iss", Missing))?;
    ensure(expectation.issuers.iter().any(|expected| expected == issuer), "iss", Different)?;
    check_audience(claims, expectation.client_id)?;
    check_times(claims, expectation)?;

    let subject = text(claims, "sub")?.ok_or(fault("sub", Missing))?;
    ensure(!subject.is_empty(), "sub", Missing)?;
    let is_plain = subject.len() <= MOST_SUBJECT && subject.bytes().all(|b| b.is_ascii() && !b.is_ascii_control());
    ensure(is_plain, "sub", Mistyped)?;

    let nonce = text(claims, "nonce")?;
    if let Some(expected) = expectation.nonce {
        let nonce = nonce.ok_or(fault("nonce", Missing))?;
        ensure(Secret::new(nonce) == *expected, "nonce", Different)?;
    }
    if let (Some(hash), Some(token)) = (text(claims, "at_hash")?, expectation.access_token) {
        let whole = digest::digest(algorithm.hash, token.expose().as_bytes());
        let (half, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
        ensure(hash == URL_SAFE_NO_PAD.encode(half), "at_hash", Different)?;
    }
    Ok(())
}

/// `aud` names us, and whoever else is named, the token was issued to us.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), IdTokenError> {
    let audience = match claims.get("aud").ok_or(fault("aud", Missing))? {
        one @ Value::String(_) => std::slice::from_ref(one),
        Value::Array(several) => several.as_slice(),
        _ => return Err(fault("aud", Mistyped)),
    };
    ensure(audience.iter().all(Value::is_string), "aud", Mistyped)?;
    ensure(audience.iter().any(|member| member == client_id), "aud", Different)?;
    match text(claims, "azp")? {
        Some(party) => ensure(party == client_id, "azp", Different),
        None => ensure(audience.len() == 1, "azp", Missing),
    }
}

fn check_times(claims: &Claims, expectation: &IdTokenExpectation<'_>) -> Result<(), IdTokenError> {
    let now = expectation.now.seconds();
    let latest = expectation.now.plus(SKEW).seconds();
    let skew = latest.saturating_sub(now);

    let ends = seconds(claims, "exp")?.ok_or(fault("exp", Missing))?;
    ensure(ends.saturating_add(skew) > now, "exp", TooEarly)?;
    let made = seconds(claims, "iat")?.ok_or(fault("iat", Missing))?;
    ensure(made <= latest, "iat", TooLate)?;
    let age = now.saturating_sub(made);
    ensure(u64::try_from(age).unwrap_or(0) <= MOST_AGE.as_secs(), "iat", TooEarly)?;
    let begins = seconds(claims, "nbf")?;
    ensure(begins.is_none_or(|begins| begins <= latest), "nbf", TooLate)
}

fn text<'c>(claims: &'c Claims, name: &'static str) -> Result<Option<&'c str>, IdTokenError> {
    let read = |value: &'c Value| value.as_str().ok_or(fault(name, Mistyped));
    claims.get(name).map(read).transpose()
}

/// A `NumericDate` (RFC 7519 section 2), whole seconds only.
fn seconds(claims: &Claims, name: &'static str) -> Result<Option<i64>, IdTokenError> {
    let read = |value: &Value| value.as_i64().ok_or(fault(name, Mistyped));
    claims.get(name).map(read).transpose()
}

fn ensure(is_fine: bool, name: &'static str, fault: ClaimFault) -> Result<(), IdTokenError> {
    if is_fine { Ok(()) } else { Err(IdTokenError::Claim { name, fault }) }
}

fn fault(name: &'static str, fault: ClaimFault) -> IdTokenError {
    IdTokenError::Claim { name, fault }
}
