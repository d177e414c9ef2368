//! What a flow is for. Decided at the start, sealed with the flow, carried out at the callback.

use serde::{Deserialize, Serialize};

use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::user::messages::{Credential, FreshSession};

/// What a flow is for, and what its browser receives in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowIntent {
    /// Sign in; the browser receives this credential.
    SignIn(Credential),
    /// Create an account; the browser receives this credential.
    SignUp(Credential),
    /// Keep profile and tokens as a ticket that the app redeems.
    HandOver {
        /// Whether users without an account fill in the app's form first.
        sign_up_form: bool,
    },
    /// Add the identity to the account of this access token.
    Connect(Secret),
    /// Add the identity to the account of this session, once the user has agreed on the confirmation page.
    Link(LinkingSession),
}

/// The session in which a user asked to link an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkingSession {
    /// The account.
    pub user_id: UserId,
    /// The session.
    pub session_id: SessionId,
}

impl From<FreshSession> for LinkingSession {
    fn from(session: FreshSession) -> Self {
        Self { user_id: session.user_id(), session_id: session.id() }
    }
}
