//! What can be asked of `UserRepo`, and what it answers.

use actix::Message;

use super::options::SignUpOptions;
use super::policy::PolicyError;
pub use super::proof::{FreshSession, LiveSession};
use crate::domain::audit::RequestOrigin;
use crate::domain::claims::Claims;
use crate::domain::hooks::Veto;
use crate::domain::id::{ProviderName, SessionId};
use crate::domain::profile::ExternalProfile;
use crate::domain::sealable_tokens::SealableTokens;
use crate::domain::secret::Secret;
use crate::session::access_token::Principal;
pub use crate::store::identities::Identity;
pub use crate::store::sessions::SessionSummary;
pub use crate::store::users::User;
use crate::store::{LostRace, StoreError};

/// Why `UserRepo` did not do it. Nothing is half-done.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The rules say no.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The embedding app says no.
    #[error(transparent)]
    Vetoed(#[from] Veto),
    /// The refresh token is unknown, used or expired.
    #[error("the refresh token is not valid")]
    RefreshTokenNotValid,
    /// The ticket is unknown, used or expired.
    #[error("the ticket is not valid")]
    TicketNotValid,
    /// The one-time code is unknown, used or expired, or the verifier does not fit.
    #[error("the code is not valid")]
    CodeNotValid,
    /// The rows could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token could not be sealed or made.
    #[error("a credential could not be made")]
    CredentialNotCreated,
}

impl LostRace for UserError {
    fn is_lost_race(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_lost_race())
    }
}

/// What a sign-in is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Sign in; the policy says what may happen where no account has the identity.
    SignIn(SignInPolicy),
    /// Create an account; an existing one is refused.
    SignUp,
    /// Link the identity to the user of this session, who has agreed.
    Connect(FreshSession),
}

impl Intent {
    /// A sign-in that only the settings restrict.
    pub const SIGN_IN: Self = Self::SignIn(SignInPolicy { is_linking_allowed: true, is_sign_up_allowed: true });
}

/// What a sign-in may do where no account has the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInPolicy {
    /// Whether a verified address may lead to an existing account.
    pub is_linking_allowed: bool,
    /// Whether an account may be created.
    pub is_sign_up_allowed: bool,
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

/// Signs a user in, with everything that belongs to it, in one transaction.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<SignedIn, UserError>")]
pub struct SignIn {
    /// Whom the provider vouches for.
    pub profile: ExternalProfile,
    /// What they want.
    pub intent: Intent,
    /// Wishes for a new user.
    pub options: SignUpOptions,
    /// The provider's tokens for the vault, if it gave any.
    pub sealable_tokens: Option<SealableTokens>,
    /// The hash of the ticket that is redeemed, if it is one: taken in the same transaction.
    pub ticket: Option<[u8; 32]>,
    /// What to hand out.
    pub credential: Credential,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

/// How the sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// With a session.
    Session {
        /// Its first refresh token.
        refresh_token: Secret,
        /// The session.
        session: LiveSession,
        /// What the provider said of the user that access tokens repeat.
        claims: Claims,
    },
    /// With a one-time code; the session begins when it is exchanged.
    Code(Secret),
    /// The identity belongs to the account that asked for it; there is a session already.
    Connected,
    /// The account is there, but its address has to be proven first.
    PendingVerification,
}

/// Asks whether a sign-in of this profile would make a new account. Nothing is written.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct WouldCreateAccount {
    /// Whom the provider vouches for.
    pub profile: ExternalProfile,
}

/// Exchanges a refresh token for its successor.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<IssuedSession, UserError>")]
pub struct Refresh {
    /// The token.
    pub token: Secret,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

/// Exchanges a one-time code for a session.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<IssuedSession, UserError>")]
pub struct Exchange {
    /// The code.
    pub code: Secret,
    /// The verifier of its challenge (RFC 7636).
    pub verifier: Secret,
}

/// A session with a fresh refresh token.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedSession {
    /// The token that is good now.
    pub refresh_token: Secret,
    /// The session; it stays the same.
    pub session_id: SessionId,
    /// Whose it is.
    pub user: User,
    /// What the provider said of them that access tokens repeat.
    pub claims: Claims,
}

/// Requires that the session of an access token has not ended and that its user has access.
///
/// # Errors
/// [`PolicyError::SessionEnded`], or why the user has no access.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<LiveSession, UserError>")]
pub struct RequireLive(pub Principal);

/// Requires what [`RequireLive`] does, and that the session began within `session.reauthentication_window`.
///
/// # Errors
/// Those of [`RequireLive`], or [`PolicyError::NotFresh`].
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<FreshSession, UserError>")]
pub struct RequireFresh(pub Principal);

/// Finds the user of a session.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<User, UserError>")]
pub struct Find {
    /// Their session.
    pub session: LiveSession,
}

/// Asks whether the newest refresh token of a living session is this one. It stays as it is.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct IsRefreshTokenCurrent {
    /// The token.
    pub token: Secret,
}

/// Ends sessions. SignOutScope what is not there is no error.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct SignOut {
    /// Which.
    pub scope: SignOutScope,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

/// Which sessions end.
#[derive(Clone, Debug)]
pub enum SignOutScope {
    /// The session of this refresh token.
    RefreshToken(Secret),
    /// The session of this access token.
    Own(Principal),
    /// One session of the same user.
    One(LiveSession, SessionId),
    /// All sessions of the same user.
    All(LiveSession),
}

/// Lists a user's identities, oldest first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<Identity>, UserError>")]
pub struct Identities {
    /// The user's session.
    pub session: LiveSession,
}

/// Unlinks a user's identities at a provider, unless no other one is left. The tokens that the vault keeps of that
/// provider are revoked.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct Unlink {
    /// The user's session.
    pub session: FreshSession,
    /// The provider.
    pub provider: ProviderName,
    /// From where, for the audit trail.
    pub origin: RequestOrigin,
}

/// Lists a user's sessions, the one used last first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<SessionSummary>, UserError>")]
pub struct Sessions {
    /// One of them.
    pub session: LiveSession,
}

/// Keeps a name that a provider tells at the first consent alone, until its user signs up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct StorePendingName {
    /// Which provider.
    pub provider: ProviderName,
    /// Its id of the user.
    pub subject: String,
    /// The name to show.
    pub name: String,
}
