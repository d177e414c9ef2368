//! Code where a page of data ends, one file per provider that needs it.

pub mod apple;
mod facebook;
mod microsoft;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::domain::secret::Secret;
use crate::settings::ProviderSettings;

/// The quirk that a page names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuirkName {
    /// The secret is signed, and the name comes in a form.
    Apple,
    /// Calls are proven by the app's secret.
    Facebook,
    /// There are many tenants under one name.
    Microsoft,
}

/// A quirk with what it needs of the settings.
#[derive(Clone, Debug)]
pub enum Quirk {
    /// See [`apple`].
    Apple,
    /// See `facebook`.
    Facebook {
        /// The app's secret, if calls are to be proven by it.
        secret: Option<Secret>,
    },
    /// See `microsoft`.
    Microsoft {
        /// The tenant that is set.
        tenant: Option<String>,
    },
}

impl Quirk {
    pub(super) fn new(name: QuirkName, settings: &ProviderSettings) -> Self {
        match name {
            QuirkName::Apple => Self::Apple,
            QuirkName::Facebook => {
                let is_proven = settings.appsecret_proof.unwrap_or(true);
                Self::Facebook { secret: settings.client_secret.clone().filter(|_| is_proven) }
            }
            QuirkName::Microsoft => Self::Microsoft { tenant: settings.tenant.clone() },
        }
    }

    /// The address of a call in the name of `access_token`, as this provider wants it.
    pub(super) fn with_appsecret_proof(&self, url: &Url, access_token: &Secret) -> Url {
        match self {
            Self::Facebook { secret: Some(secret) } => facebook::with_appsecret_proof(url, secret, access_token),
            _ => url.clone(),
        }
    }

    /// Whether a person with this profile may come in at all.
    pub(super) fn allows(&self, profile: &Value) -> bool {
        match self {
            Self::Microsoft { tenant } => microsoft::allows(tenant.as_deref(), profile),
            _ => true,
        }
    }
}
