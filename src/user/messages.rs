//! The messages of `UserRepo` and its answers.

use actix::Message;
use serde::{Deserialize, Serialize};

use super::hooks::{Consulted, HookError};
use super::options::SignUpOptions;
use super::policy::PolicyError;
pub use super::proof::{FreshSession, LiveSession};
use crate::domain::audit::RequestOrigin;
use crate::domain::claims::Claims;
use crate::domain::hooks::{TokenClaims, Veto};
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::profile::ExternalProfile;
use crate::domain::sealable_grant::SealableGrant;
use crate::domain::sealable_tokens::SealableTokens;
use crate::domain::secret::Secret;
use crate::session::access_token::Principal;
pub use crate::store::identities::Identity;
pub use crate::store::sessions::SessionSummary;
pub use crate::store::users::User;
use crate::store::{LostRace, StoreError};

/// Why `UserRepo` refused or failed. Nothing was written, except an audit event.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// The rules forbid it.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The embedding app refused a new user.
    #[error(transparent)]
    Vetoed(#[from] Veto),
    /// A hook of the embedding app gave no usable answer.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The hooks of the embedding app have to be asked first; `UserRepo` does that and decides once more.
    #[error("the hooks of the app were not asked")]
    NotConsulted,
    /// The refresh token is unknown, used or expired.
    #[error("the refresh token is not valid")]
    RefreshTokenNotValid,
    /// The ticket is unknown, used or expired.
    #[error("the ticket is not valid")]
    TicketNotValid,
    /// The one-time code is unknown, used or expired, or the verifier does not match.
    #[error("the code is not valid")]
    CodeNotValid,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token could not be created or sealed.
    #[error("a credential could not be created")]
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

/// What a sign-in issues to the app.
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

/// Signs a user in, up, or links an identity, in one transaction with everything that belongs to it.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<SignInDone, UserError>")]
pub struct SignIn {
    /// The provider's profile of the user.
    pub profile: ExternalProfile,
    /// What the sign-in is for.
    pub intent: Intent,
    /// What the app sets for a new user.
    pub options: SignUpOptions,
    /// The provider's tokens for the vault, if there are any.
    pub sealable_tokens: Option<SealableTokens>,
    /// The same tokens for a grant, if the service keeps them.
    pub grant: Option<SealableGrant>,
    /// The hash of the ticket that is redeemed, if it is one: taken in the same transaction.
    pub ticket: Option<[u8; 32]>,
    /// What to issue.
    pub credential: Credential,
    /// Whether the answer to the app has an access token.
    pub returns_access_token: bool,
    /// What the hooks of the embedding app said; at first nothing.
    pub consulted: Consulted,
    /// Where the request came from, for the audit trail.
    pub origin: RequestOrigin,
}

/// A sign-in that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInDone {
    /// The user.
    pub user_id: UserId,
    /// How the account was found.
    pub account: AccountMatch,
    /// What the app receives.
    pub signed_in: SignedIn,
}

/// How a sign-in found its account: which rule of the policy applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountMatch {
    /// It has the identity.
    Identity,
    /// It has the same verified email, and the identity was linked.
    VerifiedEmail,
    /// Its session asked for the link.
    Session,
    /// It was created.
    Created,
}

impl AccountMatch {
    /// Its name in log lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "known",
            Self::VerifiedEmail => "linked-by-email",
            Self::Session => "linked",
            Self::Created => "new",
        }
    }
}

/// What the app receives of a sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// With a session.
    Session {
        /// Its first refresh token.
        refresh_token: Secret,
        /// The session.
        session: LiveSession,
        /// Custom claims from the provider's profile, for access tokens.
        claims: Claims,
        /// Claims of the embedding app for the access token, if one is returned.
        token_claims: TokenClaims,
    },
    /// With a one-time code; the session begins when it is exchanged.
    Code(Secret),
    /// The identity was linked; the user has a session already.
    Connected,
    /// The account exists, and its email must be verified first.
    PendingVerification,
}

/// Asks whether a sign-in with this profile would create an account. Nothing is written.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct WouldCreateAccount {
    /// The provider's profile of the user.
    pub profile: ExternalProfile,
}

/// Exchanges a refresh token for its successor.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<IssuedSession, UserError>")]
pub struct Refresh {
    /// The token.
    pub token: Secret,
    /// Where the request came from, for the audit trail.
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

/// A session with its current refresh token.
#[derive(Clone, Debug, PartialEq)]
pub struct IssuedSession {
    /// The current refresh token.
    pub refresh_token: Secret,
    /// The session; it stays the same.
    pub session_id: SessionId,
    /// Its user.
    pub user: User,
    /// Custom claims from the provider's profile, for access tokens.
    pub claims: Claims,
    /// Claims of the embedding app for the access token.
    pub token_claims: TokenClaims,
}

/// Requires that the session of an access token has not ended and that its user has access.
///
/// # Errors
/// [`PolicyError::SessionEnded`], or why the user has no access.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<LiveSession, UserError>")]
pub struct RequireLive(pub Principal);

/// Requires what [`RequireLive`] does, and answers with the user, too.
///
/// # Errors
/// Those of [`RequireLive`].
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(LiveSession, User), UserError>")]
pub struct RequireUser(pub Principal);

/// Requires what [`RequireLive`] does, and that the session began within `session.reauthentication_window`.
///
/// # Errors
/// Those of [`RequireLive`], or [`PolicyError::NotFresh`].
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<FreshSession, UserError>")]
pub struct RequireFresh(pub Principal);

/// Requires that a user exists and has access, without a session of theirs. For whom an operator allowed to name users.
///
/// # Errors
/// Why the user has no access.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct RequireAccess(pub UserId);

/// Finds the user of a session.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<User, UserError>")]
pub struct Find {
    /// Their session.
    pub session: LiveSession,
}

/// Asks whether this is the current refresh token of a session that has not ended. It is not rotated.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, UserError>")]
pub struct IsRefreshTokenCurrent {
    /// The token.
    pub token: Secret,
}

/// Ends sessions. Ending one that has ended is no error.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct SignOut {
    /// Which sessions.
    pub scope: SignOutScope,
    /// Where the request came from, for the audit trail.
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

/// Unlinks a user's identities at a provider, or one of them, unless no other one is left. Their tokens that the vault
/// keeps are revoked.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct Unlink {
    /// The user's session.
    pub session: FreshSession,
    /// The provider.
    pub provider: ProviderName,
    /// Only the identity with this id at the provider; `None`: all of them.
    pub account: Option<String>,
    /// Where the request came from, for the audit trail.
    pub origin: RequestOrigin,
}

/// Lists a user's sessions, the one used last first.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Vec<SessionSummary>, UserError>")]
pub struct Sessions {
    /// One of them.
    pub session: LiveSession,
}

/// Stores a name that a provider sends only once, until its user signs up.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), UserError>")]
pub struct StorePendingName {
    /// The provider.
    pub provider: ProviderName,
    /// Its id of the user.
    pub subject: String,
    /// The display name.
    pub name: String,
}
