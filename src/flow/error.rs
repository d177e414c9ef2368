//! Why a sign-in failed: the step, one code of a closed list, and a source that only the log sees.

use std::fmt;

use super::record::fault::StateFault;
use crate::actor::handle::SendError;
use crate::domain::hooks::Veto;
use crate::domain::log;
use crate::provider::metadata_cache::ResolveError;
use crate::provider::scopes::ScopeNotAllowed;
use crate::store::StoreError;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;
use crate::vault::vault::VaultError;

/// The step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Checking the start.
    Start,
    /// Resolving the provider's endpoints or keys.
    Resolve,
    /// Checking the callback.
    Callback,
    /// Marking the flow used.
    MarkUsed,
    /// Exchanging the code.
    Exchange,
    /// Identifying the user.
    Identify,
    /// Signing in.
    SignIn,
}

/// What went wrong; each dialect maps every code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureCode {
    /// The return URL is not on the allow-list.
    ReturnUrlNotAllowed,
    /// The provider is not configured.
    ProviderDisabled,
    /// The options do not fit into the browser's cookie.
    OptionsTooLarge,
    /// The app may not ask for a scope.
    ScopeNotAllowed,
    /// The browser has no such flow, or it is another provider's.
    InvalidState,
    /// The callback came after the flow's deadline.
    FlowExpired,
    /// The user denied consent at the provider.
    ConsentDenied,
    /// The provider itself reported an error.
    ProviderError,
    /// The callback's parameters are not a valid response.
    InvalidCallback,
    /// The code was not exchanged.
    ExchangeFailed,
    /// The provider did not identify the user, or not verifiably.
    ProfileFailed,
    /// The provider issues no refresh tokens.
    NotRefreshable,
    /// The id_token that a client presented is not valid.
    InvalidIdToken,
    /// The access token of `connect=` is not valid.
    InvalidConnectToken,
    /// The account is disabled.
    UserDisabled,
    /// An email address is not verified.
    UserUnverified,
    /// Sign-up is disabled.
    SignUpDisabled,
    /// The identity belongs to an account already.
    AlreadyLinked,
    /// There is no such user.
    UserUnknown,
    /// A sign-up met an existing user.
    UserAlreadyExists,
    /// A requested role is not allowed.
    RoleNotAllowed,
    /// The requested default role is not among the requested roles.
    DefaultRoleNotAllowed,
    /// The ticket is unknown, used or expired.
    InvalidTicket,
    /// The embedding app rejected the user.
    RejectedByApp,
    /// Overload or an outage: a later try may succeed.
    Unavailable,
    /// A defect or a misconfiguration of this server.
    Internal,
}

/// A sign-in that failed. The source is logged once, at the edge, and never sent anywhere.
pub struct SignInError {
    /// Where.
    pub step: Step,
    /// What.
    pub code: FailureCode,
    /// The underlying error.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SignInError {
    /// An error without a source.
    #[must_use]
    pub fn new(step: Step, code: FailureCode) -> Self {
        Self { step, code, source: None }
    }

    /// An error with its source.
    pub fn with_source(step: Step, code: FailureCode, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { step, code, source: Some(Box::new(source)) }
    }

    /// The provider is not configured, or its metadata or keys cannot be fetched.
    #[must_use]
    pub fn unresolved(error: ResolveError) -> Self {
        let code = match &error {
            ResolveError::Unknown => FailureCode::ProviderDisabled,
            ResolveError::Discovery { .. }
            | ResolveError::Keys { .. }
            | ResolveError::CircuitOpen
            | ResolveError::Send(_) => FailureCode::Unavailable,
        };
        Self::with_source(Step::Resolve, code, error)
    }

    /// The database failed.
    #[must_use]
    pub fn database(error: StoreError) -> Self {
        Self::with_source(Step::SignIn, FailureCode::Unavailable, error)
    }

    /// A callback that does not belong to a flow of this browser.
    #[must_use]
    pub fn invalid_state(fault: StateFault) -> Self {
        let is_expired = fault == StateFault::Expired;
        let code = if is_expired { FailureCode::FlowExpired } else { FailureCode::InvalidState };
        Self::with_source(Step::Callback, code, fault)
    }

    /// Whether the flow was neither marked used nor ended by the provider, so that its callback may come again.
    #[must_use]
    pub fn leaves_flow_open(&self) -> bool {
        let is_before_mark = matches!(self.step, Step::Start | Step::Resolve | Step::Callback | Step::MarkUsed);
        is_before_mark && !matches!(self.code, FailureCode::ProviderError | FailureCode::ConsentDenied)
    }
}

impl SignInError {
    /// The code and message with which the embedding app refused the user.
    #[must_use]
    pub fn veto(&self) -> Option<&Veto> {
        match self.source.as_ref()?.downcast_ref::<UserError>()? {
            UserError::Vetoed(veto) => Some(veto),
            _ => None,
        }
    }

    /// Which scope the app may not ask for.
    #[must_use]
    pub fn scope_not_allowed(&self) -> Option<&ScopeNotAllowed> {
        self.source.as_ref()?.downcast_ref()
    }

    /// How important the failure is to the operator. A user's decision is no problem, and what says nothing about this
    /// server or its providers is of no interest. [`super::failure_log`] limits how often the rest is logged.
    #[must_use]
    pub fn log_level(&self) -> log::Level {
        match self.code {
            FailureCode::ConsentDenied | FailureCode::RejectedByApp => log::Level::Info,
            FailureCode::InvalidTicket
            | FailureCode::InvalidIdToken
            | FailureCode::InvalidConnectToken
            | FailureCode::ReturnUrlNotAllowed
            | FailureCode::ScopeNotAllowed => log::Level::Debug,
            FailureCode::Unavailable | FailureCode::ProviderDisabled | FailureCode::ProviderError => log::Level::Warn,
            _ if self.step == Step::Callback => log::Level::Debug,
            _ => log::Level::Warn,
        }
    }
}

impl From<ScopeNotAllowed> for SignInError {
    fn from(error: ScopeNotAllowed) -> Self {
        Self::with_source(Step::Start, FailureCode::ScopeNotAllowed, error)
    }
}

impl From<SendError> for SignInError {
    fn from(error: SendError) -> Self {
        Self::with_source(Step::SignIn, FailureCode::Unavailable, error)
    }
}

impl From<VaultError> for SignInError {
    fn from(error: VaultError) -> Self {
        let code = match &error {
            VaultError::Store(_) => FailureCode::Unavailable,
            VaultError::Seal(_) => FailureCode::Internal,
        };
        Self::with_source(Step::SignIn, code, error)
    }
}

impl From<UserError> for SignInError {
    fn from(error: UserError) -> Self {
        let code = match &error {
            UserError::Policy(error) => match error {
                PolicyError::Disabled => FailureCode::UserDisabled,
                PolicyError::Unverified => FailureCode::UserUnverified,
                PolicyError::SignUpDisabled => FailureCode::SignUpDisabled,
                PolicyError::AlreadyLinked => FailureCode::AlreadyLinked,
                // The answer does not reveal that there are lists of addresses.
                PolicyError::Unknown | PolicyError::EmailNotAllowed => FailureCode::UserUnknown,
                PolicyError::AlreadyExists => FailureCode::UserAlreadyExists,
                PolicyError::SessionEnded | PolicyError::NotFresh => FailureCode::InvalidConnectToken,
                PolicyError::NotLinked | PolicyError::LastIdentity => FailureCode::Internal,
                PolicyError::RoleNotAllowed => FailureCode::RoleNotAllowed,
                PolicyError::DefaultRoleNotAllowed => FailureCode::DefaultRoleNotAllowed,
            },
            UserError::Vetoed(_) => FailureCode::RejectedByApp,
            UserError::Store(_) | UserError::Hook(_) | UserError::NotConsulted => FailureCode::Unavailable,
            UserError::TicketNotValid => FailureCode::InvalidTicket,
            UserError::RefreshTokenNotValid | UserError::CodeNotValid | UserError::CredentialNotCreated => {
                FailureCode::Internal
            }
        };
        Self::with_source(Step::SignIn, code, error)
    }
}

impl fmt::Debug for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.code, self.step)
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.code, self.step)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusal_of_the_app_and_the_source_are_kept() {
        let veto = Veto::new("too-young", "Come back later.");
        let refused =
            SignInError::with_source(Step::SignIn, FailureCode::SignUpDisabled, UserError::Vetoed(veto.clone()));
        assert_eq!(refused.veto(), Some(&veto));
        let other = SignInError::with_source(Step::Callback, FailureCode::ProviderError, std::fmt::Error);
        assert_eq!(other.veto(), None);
        assert_eq!(other.to_string(), format!("ProviderError at Callback: {}", std::fmt::Error));
        assert_eq!(SignInError::new(Step::Start, FailureCode::Internal).to_string(), "Internal at Start");
    }
}
