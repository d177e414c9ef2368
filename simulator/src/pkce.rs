//! PKCE (RFC 7636), verified whenever a challenge was sent.

use serde::{Deserialize, Serialize};

use super::form::Form;
use super::keys::s256;
use super::provider::SimulatedProvider;

/// A code challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Challenge {
    S256(String),
    Plain(String),
}

impl Challenge {
    /// Parses the challenge of an authorization request, if any; the error is a description for the client.
    pub(super) fn read(provider: SimulatedProvider, form: &Form) -> Result<Option<Self>, &'static str> {
        let plain = provider.traits().allows_plain_challenge;
        match (form.get("code_challenge"), form.get("code_challenge_method")) {
            // X requires PKCE.
            (None, None) if provider == SimulatedProvider::X => Err("Missing required parameter [code_challenge]."),
            (None, None) => Ok(None),
            (Some(text), Some("S256")) if text.len() == 43 => Ok(Some(Self::S256(text.to_owned()))),
            (Some(_), Some("S256")) => Err("A S256 code challenge has 43 characters."),
            (Some(text), None | Some("plain")) if plain => Ok(Some(Self::Plain(text.to_owned()))),
            _ if plain => Err("Only code_challenge_method=S256 and plain are supported."),
            _ => Err("Only code_challenge_method=S256 is supported."),
        }
    }

    /// Whether an optional verifier matches an optional challenge.
    pub(super) fn matches(challenge: Option<&Self>, verifier: Option<&str>) -> bool {
        match (challenge, verifier) {
            (None, None) => true,
            (Some(Self::S256(challenge)), Some(verifier)) => is_verifier(verifier) && s256(verifier) == *challenge,
            (Some(Self::Plain(challenge)), Some(verifier)) => is_verifier(verifier) && verifier == challenge,
            // A verifier without a challenge indicates a PKCE downgrade (RFC 9700, section 4.8).
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

/// Whether the text is a well-formed verifier (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
