//! What can be asked of `UserRepo`, and what it answers.

use actix::Message;

use super::options::SignUpOptions;
use super::policy::Refusal;
use crate::domain::audit::Origin;
use crate::domain::claims::Claims;
use crate::domain::deposit::Deposit;
use crate::domain::hooks::Veto;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::store::StoreError;
pub use crate::store::identities::Identity;
pub use crate::store::people::Person;
pub use crate::store::sessions::Seen;

/// Why `UserRepo` did not do it. Nothing is half-done.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The embedding app says no.
    #[error(transparent)]
    Vetoed(#[from] Veto),
    /// The refresh token is unknown, used or expired.
    #[error("the refresh token is not valid")]
    RefreshTokenNotValid,
    /// The one-time code is unknown, used or expired, or the verifier does not fit.
    #[error("the code is not valid")]
    CodeNotValid,
    /// The rows could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token could not be sealed or made.
    #[error("a credential could not be made")]
    NotMade,
}

/// What the person at the provider wants here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// To sign in, or up.
    SignIn,
    /// To sign in, but not by every way.
    SignInBy(Ways),
    /// To become somebody new.
    SignUp,
    /// To add the identity to this account.
    Connect(UserId),
}

/// The ways in besides an identity that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// Whether a proven address may lead to an account that is there.
    pub is_linking_open: bool,
    /// Whether a stranger may become a new person.
    pub is_sign_up_open: bool,
}

/// What the app wants in its hands afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A refresh token.
    RefreshToken,
    /// A one-time code that only the holder of the challenge's verifier can exchange.
    Code {
        /// The `S256` challenge (RFC 7636).
        challenge: String,
    },
}

/// Signs a person in, with everything that belongs to it, in one transaction.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<SignedIn, UserError>")]
pub struct SignIn {
    /// Whom the provider vouches for.
    pub profile: ExternalProfile,
    /// What they want.
    pub intent: Intent,
    /// Wishes for a new person.
    pub options: SignUpOptions,
    /// The provider's tokens for the vault, if it gave any.
    pub deposit: Option<Deposit>,
    /// What to hand out.
    pub credential: Credential,
    /// From where, for the audit trail.
    pub origin: Origin,
}

/// How the sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// With a session.
    Session {
        /// Its first refresh token.
        refresh_token: Secret,
        /// The session.
        session_id: SessionId,
        /// Whose it is.
        user_id: UserId,
        /// What the provider said of them that access tokens repeat.
        claims: Claims,
    },
    /// With a one-time code; the session begins when it is exchanged.
    Code(Secret),
    /// The identity belongs to the account that asked for it; there is a session already.
    Connected,
    /// The account is there, but its address has to be proven first.
    Withheld,
}

/// Asks whether a sign-in of this profile would make a new account. Nothing is written.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct Foresee {
    /// Whom the provider vouches for.
    pub profile: ExternalProfile,
}

/// Exchanges a refresh token for its successor.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Renewed, UserError>")]
pub struct Refresh {
    /// The token.
    pub token: Secret,
    /// From where, for the audit trail.
    pub origin: Origin,
}

/// Exchanges a one-time code for a session.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Renewed, UserError>")]
pub struct Exchange {
    /// The code.
    pub code: Secret,
    /// The verifier of its challenge (RFC 7636).
    pub verifier: Secret,
}

/// A session with a fresh refresh token.
#[derive(Clone, Debug, PartialEq)]
pub struct Renewed {
    /// The token that is good now.
    pub refresh_token: Secret,
    /// The session; it stays the same.
    pub session_id: SessionId,
    /// Whose it is.
    pub person: Person,
    /// What the provider said of them that access tokens repeat.
    pub claims: Claims,
}

/// Finds a person who may go on.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Person, UserError>")]
pub struct Find {
    /// Who.
    pub user_id: UserId,
}

/// Asks whether the newest refresh token of a living session is this one. It stays as it is.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct IsAlive {
    /// The token.
    pub token: Secret,
}

/// Ends sessions. Ending what is not there is no error.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct SignOut {
    /// Which.
    pub which: Ending,
    /// From where, for the audit trail.
    pub origin: Origin,
}

/// Which sessions end.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The session of this refresh token.
    One(Secret),
    /// This session of this person.
    Session(UserId, SessionId),
    /// All sessions of this person.
    All(UserId),
}

/// Lists a person's identities, oldest first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<Identity>, UserError>")]
pub struct Identities {
    /// Whose.
    pub user_id: UserId,
}

/// Takes a person's identities at a provider away, unless it is their last way in. What the vault keeps of that
/// provider goes back to it.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct Unlink {
    /// Whose.
    pub user_id: UserId,
    /// The session in which they ask; it has to be fresh.
    pub session_id: Option<SessionId>,
    /// At which provider.
    pub provider: ProviderName,
    /// From where, for the audit trail.
    pub origin: Origin,
}

/// Finds a person whose session is still there and began a short while ago.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Person, UserError>")]
pub struct FindFresh {
    /// Who.
    pub user_id: UserId,
    /// In which session they ask.
    pub session_id: Option<SessionId>,
}

/// Lists a person's sessions, the one used last first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<Seen>, UserError>")]
pub struct Sessions {
    /// Whose.
    pub user_id: UserId,
}

/// Keeps a name that a provider tells at the first consent alone, until its person signs up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct KeepName {
    /// Which provider.
    pub provider: ProviderName,
    /// Its id of the person.
    pub subject: String,
    /// The name to show.
    pub name: String,
}

/// Forgets sessions and codes that are over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<u64, UserError>")]
pub struct Sweep;
