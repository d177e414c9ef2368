//! What a provider says about a user.

use serde::{Deserialize, Serialize};

use super::claims::Claims;
use super::email::EmailAddress;
use super::id::ProviderName;

/// Whether a provider vouches for an email. Only an explicit statement of the provider is proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailTrust {
    /// The provider states that the user controls the address.
    Verified,
    /// The provider states that it was not verified.
    Unverified,
    /// The provider does not say, which is no proof.
    #[default]
    Unknown,
}

/// An email and whether the provider vouches for it, both out of the same document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailClaim {
    /// The address as the provider spells it; never empty.
    pub email: String,
    /// How far the provider vouches for it.
    pub trust: EmailTrust,
}

/// A user as a provider describes them.
///
/// The account is found by `(provider, subject)`, never by an email that is not [`EmailTrust::Verified`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalProfile {
    /// The provider that describes the user.
    pub provider: ProviderName,
    /// The provider's immutable id of the user, as exact text; never empty.
    pub subject: String,
    /// The email with its proof.
    pub email: Option<EmailClaim>,
    /// The display name.
    pub name: Option<String>,
    /// The `https` URL of a picture; the server never fetches it.
    pub picture: Option<String>,
    /// A language tag as the provider spells it.
    pub locale: Option<String>,
    /// The operator's custom claims for access tokens.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims,
}

impl ExternalProfile {
    /// The email, if it can be parsed.
    #[must_use]
    pub fn email_address(&self) -> Option<EmailAddress> {
        self.email.as_ref().and_then(|claim| EmailAddress::parse(&claim.email).ok())
    }

    /// Whether the provider vouches for the email.
    #[must_use]
    pub fn is_email_verified(&self) -> bool {
        self.email.as_ref().is_some_and(|claim| claim.trust == EmailTrust::Verified)
    }
}
