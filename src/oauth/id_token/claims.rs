//! Checks the claims of an id_token (OpenID Connect Core sections 2 and 3.1.3.7).
//!
//! A claim of the wrong JSON type is an error, not an absent claim. Pure.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::validation::ClaimFault::{Expired, Mismatch, Missing, NotYetValid, WrongType};
use super::validation::{ClaimFault, IdTokenError, IdTokenValidation};
use crate::domain::secret::Secret;
use crate::oauth::algorithm::SigningAlgorithm;

/// The tolerated difference between the provider's clock and ours.
const SKEW: Duration = Duration::from_secs(60);
/// The greatest age of a token, which was issued for this sign-in.
const MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// The greatest length of a subject, in ASCII characters (OpenID Connect Core section 2).
const MAX_SUBJECT_LENGTH: usize = 255;

/// The claim that names the tenant, at a provider with many.
const TENANT: &str = "tid";
/// The placeholder for the tenant in a configured issuer.
pub(super) const TENANT_PLACEHOLDER: &str = "{tenantid}";

type Claims = Map<String, Value>;

/// Checks all claims that are used; others are ignored.
pub(super) fn check(
    claims: &Claims,
    algorithm: SigningAlgorithm,
    validation: &IdTokenValidation<'_>,
) -> Result<(), IdTokenError> {
    let issuer = text(claims, "iss")?.ok_or(fault("iss", Missing))?;
    let tenant = claims.get(TENANT).and_then(Value::as_str);
    ensure(validation.issuers.iter().any(|expected| is_issuer(issuer, expected, tenant)), "iss", Mismatch)?;
    check_audience(claims, validation.client_id)?;
    check_times(claims, validation)?;

    let subject = text(claims, "sub")?.ok_or(fault("sub", Missing))?;
    ensure(!subject.is_empty(), "sub", Missing)?;
    let is_plain =
        subject.len() <= MAX_SUBJECT_LENGTH && subject.bytes().all(|b| b.is_ascii() && !b.is_ascii_control());
    ensure(is_plain, "sub", WrongType)?;

    let nonce = text(claims, "nonce")?;
    if let Some(expected) = validation.nonce {
        let nonce = nonce.ok_or(fault("nonce", Missing))?;
        ensure(Secret::new(nonce) == *expected, "nonce", Mismatch)?;
    }
    if let (Some(hash), Some(token)) = (text(claims, "at_hash")?, validation.access_token) {
        let whole = digest::digest(algorithm.hash, token.expose().as_bytes());
        let (half, _) = whole.as_ref().split_at(whole.as_ref().len() / 2);
        ensure(hash == URL_SAFE_NO_PAD.encode(half), "at_hash", Mismatch)?;
    }
    Ok(())
}

/// Whether the texts are equal; the token's own tenant replaces `{tenantid}`, so that the two cannot differ.
fn is_issuer(issuer: &str, expected: &str, tenant: Option<&str>) -> bool {
    let Some((before, after)) = expected.split_once(TENANT_PLACEHOLDER) else { return issuer == expected };
    let is_plain = |tenant: &&str| tenant.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let tenant = tenant.filter(|tenant| !tenant.is_empty()).filter(is_plain);
    tenant.is_some_and(|tenant| issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) == Some(tenant))
}

/// `aud` names us, and with other audiences `azp` does, too.
fn check_audience(claims: &Claims, client_id: &str) -> Result<(), IdTokenError> {
    let audience = match claims.get("aud").ok_or(fault("aud", Missing))? {
        one @ Value::String(_) => std::slice::from_ref(one),
        Value::Array(several) => several.as_slice(),
        _ => return Err(fault("aud", WrongType)),
    };
    ensure(audience.iter().all(Value::is_string), "aud", WrongType)?;
    ensure(audience.iter().any(|member| member == client_id), "aud", Mismatch)?;
    match text(claims, "azp")? {
        Some(party) => ensure(party == client_id, "azp", Mismatch),
        None => ensure(audience.len() == 1, "azp", Missing),
    }
}

fn check_times(claims: &Claims, validation: &IdTokenValidation<'_>) -> Result<(), IdTokenError> {
    let now = validation.now.seconds();
    let latest = validation.now.plus(SKEW).seconds();
    let skew = latest.saturating_sub(now);

    let expires = seconds(claims, "exp")?.ok_or(fault("exp", Missing))?;
    ensure(expires.saturating_add(skew) > now, "exp", Expired)?;
    let issued = seconds(claims, "iat")?.ok_or(fault("iat", Missing))?;
    ensure(issued <= latest, "iat", NotYetValid)?;
    let age = now.saturating_sub(issued);
    ensure(u64::try_from(age).unwrap_or(0) <= MAX_AGE.as_secs(), "iat", Expired)?;
    let not_before = seconds(claims, "nbf")?;
    ensure(not_before.is_none_or(|time| time <= latest), "nbf", NotYetValid)?;
    let Some(max_age) = validation.max_age else { return Ok(()) };
    let authenticated = seconds(claims, "auth_time")?.ok_or(fault("auth_time", Missing))?;
    ensure(authenticated <= latest, "auth_time", NotYetValid)?;
    let age = u64::try_from(now.saturating_sub(authenticated)).unwrap_or(0);
    ensure(age <= max_age.saturating_add(SKEW.as_secs()), "auth_time", Expired)
}

fn text<'c>(claims: &'c Claims, name: &'static str) -> Result<Option<&'c str>, IdTokenError> {
    let read = |value: &'c Value| value.as_str().ok_or(fault(name, WrongType));
    claims.get(name).map(read).transpose()
}

/// A `NumericDate` (RFC 7519 section 2), whole seconds only.
fn seconds(claims: &Claims, name: &'static str) -> Result<Option<i64>, IdTokenError> {
    let read = |value: &Value| value.as_i64().ok_or(fault(name, WrongType));
    claims.get(name).map(read).transpose()
}

fn ensure(is_valid: bool, name: &'static str, fault: ClaimFault) -> Result<(), IdTokenError> {
    if is_valid { Ok(()) } else { Err(IdTokenError::Claim { name, fault }) }
}

fn fault(name: &'static str, fault: ClaimFault) -> IdTokenError {
    IdTokenError::Claim { name, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_placeholder_stands_for_the_tokens_own_tenant() {
        let template = "https://login.example/{tenantid}/v2.0";
        assert!(is_issuer("https://login.example/11-aa/v2.0", template, Some("11-aa")));
        for (issuer, tenant) in [
            ("https://login.example/11-aa/v2.0", Some("22-bb")),
            ("https://login.example/11-aa/v2.0", None),
            ("https://login.example//v2.0", Some("")),
            ("https://login.example/{tenantid}/v2.0", Some("{tenantid}")),
            ("https://login.example/a/b/v2.0", Some("a/b")),
            ("https://evil.example/11-aa/v2.0", Some("11-aa")),
            ("https://login.example/11-aa/v2.0/", Some("11-aa")),
        ] {
            assert!(!is_issuer(issuer, template, tenant), "{issuer} {tenant:?}");
        }
        assert!(is_issuer("https://idp.example", "https://idp.example", None));
    }
}
