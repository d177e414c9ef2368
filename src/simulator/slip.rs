//! Codes and tokens as self-contained text, so that a restart between consent and token call loses nobody:
//! base64url JSON and an HMAC over it, told apart by kind. The key is printed here; it protects nothing.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::house::House;
use super::pkce::Challenge;

const KEY_THAT_PROTECTS_NOTHING: &[u8] = b"vouchsafe simulator: everybody may read this key";

/// A kind of slip. The kind is part of what is authenticated: no code passes for an access token.
pub(super) trait Slip: Serialize + DeserializeOwned {
    const KIND: &'static str;
    /// Which of the house's three prefixes it carries.
    const PREFIX: usize;
}

/// What a person agreed to, to be exchanged once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    /// Names the whole grant: tokens that come of it carry it on.
    pub(super) grant: String,
    pub(super) person: String,
    pub(super) scope: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: Option<Challenge>,
    pub(super) nonce: Option<String>,
    /// The `claims` parameter (OpenID Connect Core, section 5.5), which Twitch goes by.
    pub(super) claims: Option<String>,
    pub(super) offline: bool,
    /// Seconds since the epoch.
    pub(super) until: i64,
}

/// Opens the profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Access {
    /// Shared with the refresh token that came with it.
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) person: String,
    pub(super) scope: String,
    pub(super) until: Option<i64>,
}

/// Gives new access tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) person: String,
    pub(super) scope: String,
    pub(super) until: i64,
}

impl Slip for Code {
    const KIND: &'static str = "code";
    const PREFIX: usize = 0;
}

impl Slip for Access {
    const KIND: &'static str = "access";
    const PREFIX: usize = 1;
}

impl Slip for Refresh {
    const KIND: &'static str = "refresh";
    const PREFIX: usize = 2;
}

/// The text of a slip at this house; `None` only if it cannot be written as JSON.
pub(super) fn write<S: Slip>(house: House, slip: &S) -> Option<String> {
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(slip).ok()?);
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key(), &stamped::<S>(house, &body)));
    Some(format!("{}{body}.{tag}", house.habits().prefixes[S::PREFIX]))
}

/// Reads a slip of this kind that this house wrote.
pub(super) fn read<S: Slip>(house: House, text: &str) -> Option<S> {
    let (body, tag) = text.strip_prefix(house.habits().prefixes[S::PREFIX])?.split_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    hmac::verify(&key(), &stamped::<S>(house, body), &tag).ok()?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

/// The secret that belongs to a token of Twitter: whoever has the key above can work it out again.
pub(super) fn secret_of(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&key(), format!("secret.{token}").as_bytes()))
}

fn key() -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, KEY_THAT_PROTECTS_NOTHING)
}

fn stamped<S: Slip>(house: House, body: &str) -> Vec<u8> {
    format!("{}.{}.{body}", house.name(), S::KIND).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refresh() -> Refresh {
        Refresh { id: "i".into(), grant: "g".into(), person: "mira".into(), scope: "openid".into(), until: 5 }
    }

    #[test]
    fn a_slip_is_read_only_by_the_house_that_wrote_it() {
        let text = write(House::Oidc, &refresh()).unwrap();
        assert_eq!(read::<Refresh>(House::Oidc, &text).unwrap().person, "mira");
        let of_google = write(House::Google, &refresh()).unwrap();
        assert!(read::<Refresh>(House::Oidc, of_google.strip_prefix("1//0").unwrap()).is_none());
    }

    #[test]
    fn a_refresh_token_does_not_pass_for_an_access_token() {
        // The oidc house has no prefixes and a refresh slip has all fields of an access slip: only the kind differs.
        let text = write(House::Oidc, &refresh()).unwrap();
        assert!(read::<Access>(House::Oidc, &text).is_none());
    }

    #[test]
    fn a_changed_slip_is_not_read() {
        let text = write(House::Oidc, &refresh()).unwrap();
        let (body, tag) = text.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD
            .encode(String::from_utf8(URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap().replace("mira", "rosa"));
        assert!(read::<Refresh>(House::Oidc, &format!("{other}.{tag}")).is_none());
    }
}
