//! What the audit trail says: who did what, from where, in which flow, and how it ended. Never a secret.

use std::net::IpAddr;

use super::id::{ProviderName, SessionId, UserId};

/// From where something was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's address, as far as the proxies before us are trusted.
    pub client_ip: Option<IpAddr>,
    /// The flow, by the name under which the log speaks of it.
    pub flow: Option<String>,
}

/// What was done, or refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody known signed in.
    SignIn,
    /// Somebody new came.
    SignUp,
    /// An identity was added to an account.
    Link,
    /// A person's identities at a provider were taken away.
    Unlink,
    /// A refresh token was used that had been used before.
    Reuse,
    /// One session was ended, or all.
    SignOut,
    /// The provider's tokens were handed out.
    Fetch,
    /// A person was removed.
    Erase,
    /// A person's address was proven by other means than a provider.
    Confirm,
}

impl Action {
    /// As it stands in the trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::SignUp => "sign-up",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Reuse => "reuse",
            Self::SignOut => "sign-out",
            Self::Fetch => "fetch",
            Self::Erase => "erase",
            Self::Confirm => "confirm",
        }
    }
}

/// One line of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub action: Action,
    /// Whose account, as far as it is known.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// With which provider.
    pub provider: Option<ProviderName>,
    /// From where.
    pub origin: RequestOrigin,
    /// `done`, or why not.
    pub outcome: String,
}

impl Event {
    /// Something that was done.
    #[must_use]
    pub fn done(action: Action, user_id: UserId, origin: RequestOrigin) -> Self {
        let outcome = "done".to_owned();
        Self { action, user_id: Some(user_id), session_id: None, provider: None, origin, outcome }
    }

    /// The same in a session.
    #[must_use]
    pub fn in_session(self, session_id: SessionId) -> Self {
        Self { session_id: Some(session_id), ..self }
    }

    /// The same with a provider.
    #[must_use]
    pub fn with_provider(self, provider: &ProviderName) -> Self {
        Self { provider: Some(provider.clone()), ..self }
    }

    /// The same with another outcome than `done`.
    #[must_use]
    pub fn with_outcome(self, outcome: impl std::fmt::Display) -> Self {
        Self { outcome: outcome.to_string(), ..self }
    }
}
