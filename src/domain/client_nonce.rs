//! How an id_token that an app presents carries the app's nonce.

use serde::Deserialize;

/// The relation between the nonce in the token and the nonce that the app sends with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientNonce {
    /// The token holds the SHA-256 in hexadecimal. Who steals the token cannot present it: it does not tell the nonce.
    #[default]
    Sha256Hex,
    /// The token holds the nonce itself, for provider libraries that cannot hash it.
    Plain,
}
