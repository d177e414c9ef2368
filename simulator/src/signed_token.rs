//! Codes and tokens as self-contained text, so that sign-ins survive a restart: base64url JSON with an HMAC that
//! covers their kind. The key is public; it protects nothing.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::pkce::Challenge;
use super::provider::SimulatedProvider;

const PUBLIC_TEST_KEY: &[u8] = b"vouchsafe simulator: this key is public";

/// A kind of signed token. The HMAC covers the kind, so that a code is never accepted as an access token.
pub(super) trait SignedToken: Serialize + DeserializeOwned {
    const KIND: &'static str;
    /// Index of its prefix in [`ProviderTraits::prefixes`](super::traits::ProviderTraits).
    const PREFIX: usize;
}

/// An authorization code, to be exchanged once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    /// Id of the grant, shared by all its tokens.
    pub(super) grant: String,
    /// The client's id.
    pub(super) client: String,
    pub(super) persona: String,
    pub(super) scope: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<Challenge>,
    pub(super) nonce: Option<String>,
    /// The `claims` parameter (OpenID Connect Core, section 5.5), used by Twitch.
    pub(super) claims: Option<String>,
    /// When the user was authenticated, if the request asks for it with `max_age`, in Unix seconds.
    pub(super) auth_time: Option<i64>,
    pub(super) offline: bool,
    /// Unix seconds.
    pub(super) expires_at: i64,
}

/// An access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Access {
    /// Shared with the refresh token of the same response.
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) client: String,
    pub(super) persona: String,
    pub(super) scope: String,
    pub(super) expires_at: Option<i64>,
}

/// A refresh token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) client: String,
    pub(super) persona: String,
    pub(super) scope: String,
    pub(super) expires_at: i64,
}

impl SignedToken for Code {
    const KIND: &'static str = "code";
    const PREFIX: usize = 0;
}

impl SignedToken for Access {
    const KIND: &'static str = "access";
    const PREFIX: usize = 1;
}

impl SignedToken for Refresh {
    const KIND: &'static str = "refresh";
    const PREFIX: usize = 2;
}

/// Encodes and signs a token of this provider; `None` only if it cannot be written as JSON.
pub(super) fn encode<S: SignedToken>(provider: SimulatedProvider, slip: &S) -> Option<String> {
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(slip).ok()?);
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key(), &authenticated_bytes::<S>(provider, &body)));
    Some(format!("{}{body}.{tag}", provider.traits().prefixes[S::PREFIX]))
}

/// Decodes a token of this kind, if this provider signed it.
pub(super) fn decode<S: SignedToken>(provider: SimulatedProvider, text: &str) -> Option<S> {
    let (body, tag) = text.strip_prefix(provider.traits().prefixes[S::PREFIX])?.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    hmac::verify(&key(), &authenticated_bytes::<S>(provider, body), &tag).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

/// The token secret of a Twitter token, derived from the public key.
pub(super) fn token_secret(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&key(), format!("secret.{token}").as_bytes()))
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, PUBLIC_TEST_KEY)
}

fn authenticated_bytes<S: SignedToken>(provider: SimulatedProvider, body: &str) -> Vec<u8> {
    format!("{}.{}.{body}", provider.name(), S::KIND).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh() -> Refresh {
        Refresh {
            id: "i".into(),
            grant: "g".into(),
            client: "c".into(),
            persona: "mira".into(),
            scope: "openid".into(),
            expires_at: 5,
        }
    }

    #[test]
    fn token_is_valid_only_at_its_provider() {
        let text = encode(SimulatedProvider::Oidc, &refresh()).unwrap();
        assert_eq!(decode::<Refresh>(SimulatedProvider::Oidc, &text).unwrap().persona, "mira");
        let of_google = encode(SimulatedProvider::Google, &refresh()).unwrap();
        assert!(decode::<Refresh>(SimulatedProvider::Oidc, of_google.strip_prefix("1//0").unwrap()).is_none());
    }

    #[test]
    fn refresh_token_is_not_an_access_token() {
        // The oidc provider has no prefixes, and a refresh token has all fields of an access token.
        let text = encode(SimulatedProvider::Oidc, &refresh()).unwrap();
        assert!(decode::<Access>(SimulatedProvider::Oidc, &text).is_none());
    }

    #[test]
    fn modified_token_is_rejected() {
        let text = encode(SimulatedProvider::Oidc, &refresh()).unwrap();
        let (body, tag) = text.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD
            .encode(String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap().replace("mira", "rosa"));
        assert!(decode::<Refresh>(SimulatedProvider::Oidc, &format!("{other}.{tag}")).is_none());
    }
}
