//! Counts how sign-ins end.

use super::error::{FailureCode, SignInError};
use super::services::FlowServices;
use crate::domain::id::ProviderName;
use crate::metrics::{Dialect, Outcome};
use crate::user::messages::{AccountMatch, SignInDone, SignedIn};

impl FlowServices {
    /// Counts a sign-in that ended. The series of a provider that is not configured do not exist.
    pub(super) fn count(&self, provider: &ProviderName, dialect: Dialect, outcome: Outcome) {
        if let Some(provider) = self.providers.get(provider) {
            provider.metrics.sign_ins.of(dialect).count(outcome);
        }
    }

    /// Counts a sign-in that failed, in the dialect of the current request.
    pub(super) fn count_failure(&self, provider: &ProviderName, error: &SignInError) {
        self.count(provider, Dialect::current(), error.code.into());
    }

    /// Counts a sign-in that was carried out, in the dialect of the current request.
    pub(super) fn count_done(&self, provider: &ProviderName, done: &SignInDone) {
        let outcome = match (done.account, &done.signed_in) {
            (_, SignedIn::PendingVerification) => Outcome::PendingVerification,
            (AccountMatch::Identity, _) => Outcome::KnownUser,
            (AccountMatch::Created, _) => Outcome::NewUser,
            (AccountMatch::VerifiedEmail | AccountMatch::Session, _) => Outcome::Linked,
        };
        self.count(provider, Dialect::current(), outcome);
    }
}

impl From<FailureCode> for Outcome {
    fn from(code: FailureCode) -> Self {
        match code {
            FailureCode::ReturnUrlNotAllowed => Self::ReturnUrlNotAllowed,
            FailureCode::ProviderDisabled => Self::ProviderDisabled,
            FailureCode::OptionsTooLarge => Self::OptionsTooLarge,
            FailureCode::ScopeNotAllowed => Self::ScopeNotAllowed,
            FailureCode::InvalidState => Self::InvalidState,
            FailureCode::FlowExpired => Self::FlowExpired,
            FailureCode::ConsentDenied => Self::ConsentDenied,
            FailureCode::ProviderError => Self::ProviderError,
            FailureCode::InvalidCallback => Self::InvalidCallback,
            FailureCode::ExchangeFailed => Self::ExchangeFailed,
            FailureCode::ProfileFailed => Self::ProfileFailed,
            FailureCode::NotRefreshable => Self::NotRefreshable,
            FailureCode::InvalidIdToken => Self::InvalidIdToken,
            FailureCode::InvalidConnectToken => Self::InvalidConnectToken,
            FailureCode::UserDisabled => Self::UserDisabled,
            FailureCode::UserUnverified => Self::UserUnverified,
            FailureCode::SignUpDisabled => Self::SignUpDisabled,
            FailureCode::AlreadyLinked => Self::AlreadyLinked,
            FailureCode::UserUnknown => Self::UserUnknown,
            FailureCode::UserAlreadyExists => Self::UserAlreadyExists,
            FailureCode::RoleNotAllowed => Self::RoleNotAllowed,
            FailureCode::DefaultRoleNotAllowed => Self::DefaultRoleNotAllowed,
            FailureCode::InvalidTicket => Self::InvalidTicket,
            FailureCode::RejectedByApp => Self::RejectedByApp,
            FailureCode::Unavailable => Self::Unavailable,
            FailureCode::Internal => Self::Internal,
        }
    }
}
