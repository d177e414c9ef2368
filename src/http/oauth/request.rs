//! The parameters of a token exchange (RFC 8693 section 2.1), with those of client authentication.

use serde::Deserialize;

use crate::domain::secret::Secret;

/// The body. A parameter without a value counts as left out (RFC 6749 section 3.1).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenRequest {
    pub(super) grant_type: Given<String>,
    pub(super) audience: Given<String>,
    pub(super) resource: Given<String>,
    pub(super) scope: Given<String>,
    pub(super) requested_token_type: Given<String>,
    pub(super) subject_token: Given<Secret>,
    pub(super) subject_token_type: Given<String>,
    pub(super) actor_token: Given<Secret>,
    pub(super) actor_token_type: Given<String>,
    pub(super) client_id: Given<String>,
    pub(super) client_secret: Given<Secret>,
    pub(super) client_assertion: Given<Secret>,
    pub(super) client_assertion_type: Given<String>,
    /// Which of several accounts at the provider, by the provider's id of it. Ours.
    pub(super) account: Given<String>,
    /// For how many seconds the token must still be valid. Ours.
    pub(super) min_validity: Given<String>,
}

/// A parameter that may be left out.
#[derive(Deserialize)]
#[serde(from = "Option<T>", bound = "T: Deserialize<'de> + Text")]
pub(super) struct Given<T>(pub(super) Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Text> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        Self(value.filter(|value| !value.is_blank()))
    }
}

impl<T> Given<T> {
    /// Whether there is a value.
    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl Given<String> {
    /// The value.
    pub(super) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// What a parameter is read as.
pub(super) trait Text {
    /// Whether the text is empty.
    fn is_blank(&self) -> bool;
}

impl Text for String {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}

impl Text for Secret {
    fn is_blank(&self) -> bool {
        self.is_empty()
    }
}
