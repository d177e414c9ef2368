//! The state of provider tokens that the service keeps.

use serde::Serialize;

/// The state of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantState {
    /// Its access token can be handed out, and its refresh token used.
    Live,
    /// A node asks the provider for new tokens. What is stored may be spent.
    Refreshing,
    /// Its tokens are lost or refused; the user has to sign in at the provider once more.
    NeedsReauthorization,
    /// It was ended here; its tokens are revoked.
    Revoked,
}

impl GrantState {
    /// Its name in the database and in the output of commands.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Refreshing => "refreshing",
            Self::NeedsReauthorization => "needs_reauthorization",
            Self::Revoked => "revoked",
        }
    }

    /// The state of this name; [`Self::Revoked`], in which nothing is handed out, for any other text.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let all = [Self::Live, Self::Refreshing, Self::NeedsReauthorization];
        all.into_iter().find(|state| state.as_str() == name).unwrap_or(Self::Revoked)
    }
}
