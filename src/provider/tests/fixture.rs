//! Recorded answers of a provider, and the profile that they lead to.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::super::Provider;
use super::{provider, settings_for};
use crate::domain::profile::{EmailTrust, ExternalProfile};
use crate::settings::PROVIDER_DEFINITIONS;

/// One file of `tests/it/providers/fixtures`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fixture {
    #[serde(skip)]
    pub(super) name: String,
    /// The answer of the token endpoint: JSON, or a form as text.
    pub(super) token: Value,
    /// OAuth 1.0a: the form of temporary credentials.
    #[serde(default)]
    pub(super) request_token: Option<String>,
    /// The claims of the id_token in it; times, nonce and signature are added.
    #[serde(default)]
    pub(super) id_token: Option<Value>,
    /// All other answers, by host and path.
    pub(super) answers: BTreeMap<String, Value>,
    /// Where the proof of the email is, if the provider has one.
    #[serde(default)]
    pub(super) proof: Option<Proof>,
    /// Values that mean verified in addition to JSON `true`.
    #[serde(default)]
    pub(super) also_verified: Vec<Value>,
    pub(super) expected: Expected,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Proof {
    /// `id_token`, or the host and path of the answer.
    pub(super) r#in: String,
    /// A JSON pointer.
    pub(super) at: String,
}

/// The profile without the provider's name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Expected {
    pub(super) subject: String,
    pub(super) email: Option<String>,
    pub(super) email_trust: EmailTrust,
    pub(super) name: Option<String>,
    pub(super) picture: Option<String>,
    pub(super) locale: Option<String>,
}

impl From<ExternalProfile> for Expected {
    fn from(profile: ExternalProfile) -> Self {
        let ExternalProfile { provider: _, subject, email, name, picture, locale, claims: _ } = profile;
        let email_trust = email.as_ref().map(|claim| claim.trust).unwrap_or_default();
        let email = email.map(|claim| claim.email);
        Self { subject, email, email_trust, name, picture, locale }
    }
}

/// A file below `tests/it/providers`.
pub(super) fn path(folder: &str, file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/providers").join(folder).join(file)
}

impl Fixture {
    pub(super) fn of(name: &str) -> Self {
        let text = std::fs::read_to_string(path("fixtures", &format!("{name}.json"))).expect(name);
        let fixture: Self = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), ..fixture }
    }

    /// One for each definition.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        PROVIDER_DEFINITIONS.iter().map(|(name, _)| Self::of(name))
    }

    pub(super) fn provider(&self) -> Provider {
        provider(&self.name, &settings_for(&self.name)).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// The document that holds the proof.
    pub(super) fn document(&mut self, place: &str) -> &mut Value {
        if place == "id_token" {
            return self.id_token.as_mut().expect("an id_token");
        }
        self.answers.get_mut(place).expect("an answer")
    }
}
