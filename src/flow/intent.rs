//! What a flow is for: what was requested at the start, and what is sealed with the flow and carried out at the callback.

use serde::{Deserialize, Serialize};

use super::error::{FailureCode, SignInError, Step};
use super::services::FlowServices;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::session::access_token::Principal;
use crate::user::messages::{Credential, FreshSession, RequireFresh};

/// What an app requests of a new flow.
#[derive(Clone, Debug)]
pub enum BeginIntent {
    /// Sign in; the browser receives this credential.
    SignIn(Credential),
    /// Create an account; the browser receives this credential.
    SignUp(Credential),
    /// Keep profile and tokens as a ticket that the app redeems.
    HandOver {
        /// Whether users without an account fill in the app's form first.
        sign_up_form: bool,
    },
    /// Link to the user of this access token, not verified yet (Nhost's `connect=`).
    Connect(Secret),
    /// Link to the user of this session.
    Link(FreshSession),
}

/// What a flow is for, and what its browser receives in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlowIntent {
    /// As [`BeginIntent::SignIn`].
    SignIn(Credential),
    /// As [`BeginIntent::SignUp`].
    SignUp(Credential),
    /// As [`BeginIntent::HandOver`].
    HandOver {
        /// Whether users without an account fill in the app's form first.
        sign_up_form: bool,
    },
    /// Link to the user of this session, once they have agreed on the confirmation page.
    Link(LinkingSession),
}

/// The session in which a user asked to link an identity. It was fresh then and is checked again when it counts.
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

impl LinkingSession {
    /// Who asked for the link. The seal of the cookie vouches for it, like the signature of an access token.
    #[must_use]
    pub fn principal(self) -> Principal {
        Principal { user_id: self.user_id, session_id: Some(self.session_id) }
    }
}

impl FlowServices {
    /// Checks that the user and the settings allow what was requested.
    pub(super) async fn check_intent(&self, intent: BeginIntent) -> Result<FlowIntent, SignInError> {
        Ok(match intent {
            BeginIntent::SignIn(credential) => FlowIntent::SignIn(credential),
            BeginIntent::SignUp(credential) => FlowIntent::SignUp(credential),
            BeginIntent::HandOver { sign_up_form } => FlowIntent::HandOver { sign_up_form },
            BeginIntent::Connect(token) => {
                let principal = self
                    .access_tokens
                    .verify(token.expose(), self.clock.now())
                    .map_err(|error| SignInError::with_source(Step::Start, FailureCode::InvalidConnectToken, error))?;
                FlowIntent::Link(self.users.send(RequireFresh(principal)).await??.into())
            }
            BeginIntent::Link(session) => FlowIntent::Link(session.into()),
        })
    }
}
