//! Why a sign-in did not succeed: where it stopped, one code of a closed list, and a source that stays at home.

use std::fmt;

/// The phase in which it stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Checking the start.
    Start,
    /// Speaking to the registry.
    Resolve,
    /// Checking the callback.
    Callback,
    /// Claiming the flow.
    MarkUsed,
    /// Exchanging the code.
    Exchange,
    /// Finding out who it is.
    Identify,
    /// Writing it down.
    SignIn,
}

/// What went wrong, in words that both dialects translate. A new word does not compile until both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCode {
    /// The return URL is not on the list.
    ReturnUrlNotAllowed,
    /// The provider is not turned on.
    ProviderDisabled,
    /// The options do not fit into the browser's cookie.
    OptionsTooLarge,
    /// No flow of this browser, or not in time, or of another provider.
    InvalidState,
    /// The provider itself reported an error.
    ProviderError,
    /// The callback is not an answer that a provider gives.
    InvalidCallback,
    /// The code was not exchanged.
    ExchangeFailed,
    /// The provider did not say who it is, or not credibly.
    ProfileFailed,
    /// The provider has no refresh tokens.
    NotRefreshable,
    /// The id_token that an app presented is not believed.
    InvalidIdToken,
    /// The access token of the person who wants to connect is not valid.
    InvalidConnectToken,
    /// The account is disabled.
    UserDisabled,
    /// An address is not proven.
    UserUnverified,
    /// Sign-up is off.
    SignUpDisabled,
    /// The identity belongs to somebody already.
    AlreadyLinked,
    /// There is no such person.
    UserUnknown,
    /// Somebody wanted to sign up who is there already.
    UserAlreadyExists,
    /// A wanted role is not allowed.
    RoleNotAllowed,
    /// The wanted default role is not among the wanted roles.
    DefaultRoleNotAllowed,
    /// The ticket of the hand-over is unknown, used or expired.
    InvalidTicket,
    /// The embedding app does not want this person.
    RejectedByApp,
    /// Too much is going on, or a part of the house is down: later it may work.
    Unavailable,
    /// Our own fault.
    Internal,
}

/// A sign-in that did not succeed. The source is for the log, once, at the edge; it is never sent anywhere.
pub struct SignInError {
    /// Where.
    pub step: Step,
    /// What.
    pub code: FailureCode,
    /// Why, for the operator.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl SignInError {
    /// Without a further source.
    #[must_use]
    pub fn new(step: Step, code: FailureCode) -> Self {
        Self { step, code, source: None }
    }

    /// With the error that caused it.
    pub fn with_source(step: Step, code: FailureCode, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self { step, code, source: Some(Box::new(source)) }
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
