//! What happened, for the embedding app's actors and for webhooks: a closed list. It holds ids and times, no secrets,
//! and nothing that a person typed.

use std::str::FromStr;

use actix::Message;
use serde::{Serialize, Serializer};

use super::cause::Cause;
use super::clock::Timestamp;
use super::id::{FlowTag, ProviderName, SessionId, UserId};

/// Something that happened to a user, a session, provider tokens or a flow.
///
/// All but [`Event::TokensRefreshed`], [`Event::SignInFailed`] and [`Event::FlowAbandoned`] tell of rows, and only after
/// these are committed. As JSON an event is an object of its fields without `at`, which webhooks send as `timestamp`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Message)]
#[rtype(result = "()")]
#[serde(untagged)]
pub enum Event {
    /// A sign-in created a user. If the account can be used at once, `SignedIn` follows.
    UserCreated {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The new user.
        user_id: UserId,
        /// The provider of the first identity.
        provider: ProviderName,
        /// The flow; `None` after a sign-in with an id_token.
        flow: Option<FlowTag>,
    },
    /// An identity was linked to an existing user: by consent, or because both proved the same e-mail address.
    IdentityLinked {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The provider of the new identity.
        provider: ProviderName,
        /// The flow; `None` after a sign-in with an id_token.
        flow: Option<FlowTag>,
    },
    /// A user's identities at a provider were removed, and tokens of that provider with them.
    IdentityUnlinked {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The provider.
        provider: ProviderName,
        /// The session in which the user asked for it.
        session_id: SessionId,
    },
    /// Provider tokens are in the vault, in place of older ones of the same user and provider.
    TokensStored {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The provider.
        provider: ProviderName,
        /// The flow.
        flow: Option<FlowTag>,
    },
    /// Provider tokens were handed out, and are no longer in the vault. A repeated answer is no further event.
    TokensTaken {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The session to which they were handed out.
        session_id: SessionId,
        /// The provider.
        provider: ProviderName,
    },
    /// A provider issued new tokens for the refresh token of an app, which keeps them; nothing was stored.
    TokensRefreshed {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The session in which the app asked for it.
        session_id: SessionId,
        /// The provider.
        provider: ProviderName,
    },
    /// Provider tokens were deleted after `vault.ttl`; nobody had taken them.
    TokensLost {
        /// When they were deleted.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The provider.
        provider: ProviderName,
    },
    /// Provider tokens that the service kept cannot be used any more: the user has to sign in at the provider once more.
    GrantLost {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The provider.
        provider: ProviderName,
        /// Why.
        reason: GrantLoss,
    },
    /// A user signed in.
    SignedIn {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The session; `None` if the app got a one-time code, by which it begins one.
        session_id: Option<SessionId>,
        /// The provider.
        provider: ProviderName,
        /// The flow; `None` after a sign-in with an id_token.
        flow: Option<FlowTag>,
    },
    /// A session ended. There is none for the sessions of a user who is erased.
    SessionEnded {
        /// When; of an expired session: when it was deleted.
        #[serde(skip)]
        at: Timestamp,
        /// The user.
        user_id: UserId,
        /// The session.
        session_id: SessionId,
        /// Why.
        reason: SessionEnd,
    },
    /// A user was erased with everything of theirs.
    UserErased {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The id that the user had.
        user_id: UserId,
    },
    /// A sign-in failed after its browser came back, or its id_token was verified.
    SignInFailed {
        /// When.
        #[serde(skip)]
        at: Timestamp,
        /// The provider.
        provider: ProviderName,
        /// The flow; `None` of a sign-in with an id_token.
        flow: Option<FlowTag>,
        /// Why, as `docs/flows.md` explains it.
        cause: Cause,
    },
    /// Nobody came back from the provider within `flow.ttl`.
    FlowAbandoned {
        /// When that was noticed.
        #[serde(skip)]
        at: Timestamp,
        /// The provider.
        provider: ProviderName,
        /// The flow.
        flow: FlowTag,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The user signed out of it.
    SignedOut,
    /// An operator, or the app, ended it.
    Operator,
    /// Its user was disabled.
    UserDisabled,
    /// A refresh token of it was used again.
    TokenReused,
    /// Nobody used it for `session.refresh_token_ttl`.
    Expired,
}

/// Why a grant was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantLoss {
    /// The provider refused the refresh token: the user withdrew the consent, or it expired.
    Refused,
    /// A refresh ended without a known result, and the provider would revoke everything if the token was sent again.
    UnknownResult,
    /// The access token expired, and the provider issued no refresh token.
    Expired,
}

macro_rules! event_types {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// The type of an [`Event`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType { $($(#[$doc])* $name,)+ }

        impl EventType {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Its name in settings and webhooks, such as `user.created`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }

        impl Event {
            /// Its type.
            #[must_use]
            pub fn event_type(&self) -> EventType {
                match self { $(Self::$name { .. } => EventType::$name),+ }
            }

            /// When it happened.
            #[must_use]
            pub fn at(&self) -> Timestamp {
                match self { $(Self::$name { at, .. } => *at),+ }
            }
        }
    };
}

event_types! {
    /// [`Event::UserCreated`]
    UserCreated = "user.created",
    /// [`Event::UserErased`]
    UserErased = "user.erased",
    /// [`Event::SignedIn`]
    SignedIn = "user.signed_in",
    /// [`Event::IdentityLinked`]
    IdentityLinked = "identity.linked",
    /// [`Event::IdentityUnlinked`]
    IdentityUnlinked = "identity.unlinked",
    /// [`Event::TokensStored`]
    TokensStored = "tokens.stored",
    /// [`Event::TokensTaken`]
    TokensTaken = "tokens.taken",
    /// [`Event::TokensRefreshed`]
    TokensRefreshed = "tokens.refreshed",
    /// [`Event::TokensLost`]
    TokensLost = "tokens.lost",
    /// [`Event::GrantLost`]
    GrantLost = "grant.lost",
    /// [`Event::SessionEnded`]
    SessionEnded = "session.ended",
    /// [`Event::SignInFailed`]
    SignInFailed = "sign_in.failed",
    /// [`Event::FlowAbandoned`]
    FlowAbandoned = "flow.abandoned",
}

impl Event {
    /// The user whom it is about, if it is about one.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::UserCreated { user_id, .. }
            | Self::IdentityLinked { user_id, .. }
            | Self::IdentityUnlinked { user_id, .. }
            | Self::TokensStored { user_id, .. }
            | Self::TokensTaken { user_id, .. }
            | Self::TokensRefreshed { user_id, .. }
            | Self::TokensLost { user_id, .. }
            | Self::GrantLost { user_id, .. }
            | Self::SignedIn { user_id, .. }
            | Self::SessionEnded { user_id, .. }
            | Self::UserErased { user_id, .. } => Some(*user_id),
            Self::SignInFailed { .. } | Self::FlowAbandoned { .. } => None,
        }
    }
}

/// The text names no type of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no type of events")]
pub struct UnknownEventType;

impl FromStr for EventType {
    type Err = UnknownEventType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(UnknownEventType)
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
