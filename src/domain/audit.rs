//! Events of the audit trail: who did what, from where, in which flow, with which outcome. They hold no secrets.

use std::fmt;
use std::net::IpAddr;

use super::id::{FlowTag, ProviderName, SessionId, UserId};
use super::log::Scope;
use super::request_id::RequestId;

/// Where a request came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin {
    /// The client's address, as far as its proxies are trusted.
    pub client_ip: Option<IpAddr>,
    /// The flow's id in the log.
    pub flow: Option<FlowTag>,
    /// The id of the request, for log lines.
    pub request: Option<RequestId>,
}

impl RequestOrigin {
    /// The origin of the request that is being answered.
    #[must_use]
    pub fn new(client_ip: Option<IpAddr>, flow: Option<FlowTag>) -> Self {
        Self { client_ip, flow, request: Scope::current_request() }
    }

    /// The scope of log lines about this request, for tasks that work for many.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.request.clone().map_or_else(Scope::default, |request| Scope::new(request, None, None))
    }
}

/// Who acts on a user, or for one, instead of the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// At the command line, as this user of the operating system.
    Cli(String),
    /// By the routes for operators, with the token of this name.
    Admin(String),
    /// A backend, by its name in the settings.
    Client(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cli(name) => write!(f, "cli:{name}"),
            Self::Admin(name) => write!(f, "admin:{name}"),
            Self::Client(name) => write!(f, "client:{name}"),
        }
    }
}

/// What was attempted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A known user signed in.
    SignIn,
    /// A user was created.
    SignUp,
    /// An identity was added to a user.
    Link,
    /// The user's identities at a provider were removed.
    Unlink,
    /// A refresh token was used again.
    Reuse,
    /// One session ended, or all of a user.
    SignOut,
    /// Provider tokens were handed out.
    Fetch,
    /// Provider tokens that the service kept were given up.
    LoseGrant,
    /// A user was deleted.
    Erase,
    /// The app or an operator confirmed a user's e-mail address.
    Confirm,
    /// A user was disabled.
    Disable,
    /// A user was enabled.
    Enable,
    /// The roles of a user were changed.
    Roles,
    /// A backend asked for a provider's token.
    TokenExchange,
}

impl Action {
    /// The name in the audit trail.
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
            Self::LoseGrant => "grant-lost",
            Self::Erase => "erase",
            Self::Confirm => "confirm",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Roles => "roles",
            Self::TokenExchange => "token-exchange",
        }
    }
}

/// One event of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What was attempted.
    pub action: Action,
    /// The user, if known.
    pub user_id: Option<UserId>,
    /// The session, if any.
    pub session_id: Option<SessionId>,
    /// The provider, if any.
    pub provider: Option<ProviderName>,
    /// Where the request came from.
    pub origin: RequestOrigin,
    /// `done`, or the reason of a failure.
    pub outcome: String,
    /// The operator or the backend that acted; `None` if the user did, or the app.
    pub actor: Option<Actor>,
}

impl Event {
    /// An action that succeeded.
    #[must_use]
    pub fn done(action: Action, user_id: UserId, origin: RequestOrigin) -> Self {
        let outcome = "done".to_owned();
        Self { action, user_id: Some(user_id), session_id: None, provider: None, origin, outcome, actor: None }
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

    /// The same by an operator or a backend.
    #[must_use]
    pub fn by(self, actor: Actor) -> Self {
        Self { actor: Some(actor), ..self }
    }

    /// The same with another outcome than `done`.
    #[must_use]
    pub fn with_outcome(self, outcome: impl std::fmt::Display) -> Self {
        Self { outcome: outcome.to_string(), ..self }
    }
}
