//! What a provider says of a person, in our words.

use serde::{Deserialize, Serialize};

use super::claims::Claims;
use super::id::ProviderName;

/// How far a provider vouches for an address. Only an explicit signal of the provider is a proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailTrust {
    /// The provider says in so many words that the person holds the address.
    Verified,
    /// The provider says that it was not proven.
    Unverified,
    /// The provider says nothing. That is not a yes.
    #[default]
    Unknown,
}

/// A person as a provider describes them.
///
/// The account is found by `(provider, subject)`, never by an address that is not [`EmailTrust::Verified`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalProfile {
    /// Who says so.
    pub provider: ProviderName,
    /// The provider's immutable id of the person, as exact text; never empty.
    pub subject: String,
    /// The address as the provider spells it.
    pub email: Option<String>,
    /// How far the provider vouches for `email`.
    pub email_trust: EmailTrust,
    /// The name to show.
    pub name: Option<String>,
    /// An `https` URL of a picture; never fetched by us.
    pub picture: Option<String>,
    /// A language tag as the provider spells it.
    pub locale: Option<String>,
    /// What the operator wants said of them in access tokens.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims,
}
