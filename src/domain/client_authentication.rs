//! Client authentication at a provider's token endpoint.

use serde::{Deserialize, Serialize};

/// A client authentication method, by its registered name (OpenID Connect Core section 9).
///
/// It is fixed per provider: a code can be used once, so another method cannot be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthentication {
    /// Form-encoded id and secret in an `Authorization: Basic` header (RFC 6749 section 2.3.1).
    ClientSecretBasic,
    /// Id and secret in the form body.
    ClientSecretPost,
    /// A JWT signed with our private key for each call (RFC 7523 section 2.2).
    PrivateKeyJwt,
    /// Only the id: a public client.
    None,
}
