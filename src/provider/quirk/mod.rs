//! Code for what a definition cannot express, one file per provider that needs it.

pub mod apple;
mod facebook;
mod microsoft;

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::domain::secret::Secret;
use crate::settings::ProviderSettings;

/// The quirk that a definition names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuirkName {
    /// The client secret is signed, and the name arrives in a form.
    Apple,
    /// Calls carry a proof made with the app's secret.
    Facebook,
    /// One set of endpoints serves many tenants.
    Microsoft,
}

/// A quirk with the settings that it needs.
#[derive(Clone, Debug)]
pub enum Quirk {
    /// See [`apple`].
    Apple,
    /// See `facebook`.
    Facebook {
        /// The app's secret, if calls carry a proof made with it.
        secret: Option<Secret>,
    },
    /// See `microsoft`.
    Microsoft {
        /// The configured tenant.
        tenant: Option<String>,
    },
}

impl Quirk {
    pub(super) fn new(name: QuirkName, settings: &ProviderSettings) -> Self {
        match name {
            QuirkName::Apple => Self::Apple,
            QuirkName::Facebook => {
                let sends_proof = settings.appsecret_proof.unwrap_or(true);
                Self::Facebook { secret: settings.client_secret.clone().filter(|_| sends_proof) }
            }
            QuirkName::Microsoft => Self::Microsoft { tenant: settings.tenant.clone() },
        }
    }

    /// `url` with Facebook's `appsecret_proof` for `access_token`, where that is used.
    pub(super) fn with_appsecret_proof(&self, url: &Url, access_token: &Secret) -> Url {
        match self {
            Self::Facebook { secret: Some(secret) } => facebook::with_appsecret_proof(url, secret, access_token),
            _ => url.clone(),
        }
    }

    /// The display name in the form of a callback, where the provider sends one there.
    pub(super) fn name_from_form(&self, user: &str) -> Option<String> {
        match self {
            Self::Apple => apple::name_from_form(user),
            _ => None,
        }
    }

    /// Whether a user with this profile may sign in.
    pub(super) fn allows(&self, profile: &Value) -> bool {
        match self {
            Self::Microsoft { tenant } => microsoft::allows(tenant.as_deref(), profile),
            _ => true,
        }
    }
}
