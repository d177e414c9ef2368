//! From the error of a sign-in to its fault: every error of the modules below is named here.

use std::error::Error;

use super::codes::ErrorCode;
use super::fault::{Call, CallbackFault, Fault, IdTokenFault, ProfileFault, StartFault, StateFault, Upstream};
use crate::actor::handle::SendError;
use crate::domain::profile_source::ProfileSourceError;
use crate::flow::callback::ReportedError;
use crate::flow::error::{FailureCode, SignInError, Step};
use crate::oauth::discovery::DiscoveryError;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpError;
use crate::oauth::id_token::{ClaimFault, IdTokenError};
use crate::oauth::issuer::IssuerError;
use crate::oauth::jwks::JwksError;
use crate::oauth::userinfo::UserinfoError;
use crate::provider::identify::IdentifyError;
use crate::provider::metadata_cache::ResolveError;
use crate::user::messages::UserError;
use crate::user::policy::PolicyError;
use crate::vault::vault::VaultError;

impl Fault {
    /// What went wrong, from the error and its source.
    #[must_use]
    pub fn of(error: &SignInError) -> Self {
        let source = error.source.as_deref().map(|source| source as &(dyn Error + 'static));
        source.and_then(|source| Self::of_source(source, error.step)).unwrap_or_else(|| Self::of_code(error.code))
    }

    fn of_source(source: &(dyn Error + 'static), step: Step) -> Option<Self> {
        let call = if step == Step::Start { Call::Authorization } else { Call::Token };
        if let Some(fault) = source.downcast_ref::<StateFault>() {
            return Some(Self::State(*fault));
        }
        if let Some(fault) = source.downcast_ref::<CallbackFault>() {
            return Some(Self::Callback(*fault));
        }
        if let Some(reported) = source.downcast_ref::<ReportedError>() {
            return Some(reported.fault());
        }
        if let Some(error) = source.downcast_ref::<EndpointError>() {
            return Some(Self::of_endpoint(error, call));
        }
        if let Some(error) = source.downcast_ref::<IdentifyError>() {
            return Some(Self::of_identify(error));
        }
        if let Some(error) = source.downcast_ref::<ResolveError>() {
            return Some(Self::of_resolve(error));
        }
        if let Some(error) = source.downcast_ref::<IssuerError>() {
            return Some(Self::Callback(match error {
                IssuerError::Missing => CallbackFault::NoIssuer,
                IssuerError::Mismatch => CallbackFault::OtherIssuer,
            }));
        }
        if let Some(error) = source.downcast_ref::<UserError>() {
            return Some(Self::of_user(error));
        }
        if let Some(error) = source.downcast_ref::<VaultError>() {
            return Some(match error {
                VaultError::Store(_) => Self::Database,
                VaultError::Seal(_) => Self::Internal,
            });
        }
        if source.is::<crate::store::StoreError>() {
            return Some(Self::Database);
        }
        (source.is::<SendError>() || source.is::<actix::MailboxError>()).then_some(Self::Overloaded)
    }

    fn of_code(code: FailureCode) -> Self {
        match code {
            FailureCode::ReturnUrlNotAllowed => Self::Start(StartFault::ReturnUrl),
            FailureCode::ProviderDisabled => Self::Start(StartFault::ProviderOff),
            FailureCode::OptionsTooLarge => Self::Start(StartFault::OptionsTooLarge),
            FailureCode::ScopeNotAllowed => Self::Start(StartFault::Scope),
            FailureCode::InvalidState => Self::State(StateFault::Foreign),
            FailureCode::FlowExpired => Self::State(StateFault::Expired),
            FailureCode::ConsentDenied => Self::Denied,
            FailureCode::ProviderError => Self::Reported(ErrorCode::of("unspecified")),
            FailureCode::InvalidCallback => Self::Callback(CallbackFault::NoCode),
            FailureCode::ExchangeFailed => Self::Malformed(Call::Token),
            FailureCode::ProfileFailed => Self::Malformed(Call::Profile),
            FailureCode::InvalidIdToken => Self::IdToken(IdTokenFault::Malformed),
            FailureCode::InvalidConnectToken => Self::Start(StartFault::Session),
            FailureCode::SignUpDisabled => Self::Start(StartFault::SignUpOff),
            FailureCode::InvalidTicket => Self::Start(StartFault::Ticket),
            FailureCode::UserDisabled => Self::Policy(PolicyError::Disabled),
            FailureCode::UserUnverified => Self::Policy(PolicyError::Unverified),
            FailureCode::AlreadyLinked => Self::Policy(PolicyError::AlreadyLinked),
            FailureCode::UserUnknown => Self::Policy(PolicyError::Unknown),
            FailureCode::UserAlreadyExists => Self::Policy(PolicyError::AlreadyExists),
            FailureCode::RoleNotAllowed => Self::Policy(PolicyError::RoleNotAllowed),
            FailureCode::DefaultRoleNotAllowed => Self::Policy(PolicyError::DefaultRoleNotAllowed),
            FailureCode::RejectedByApp => Self::Vetoed,
            FailureCode::Unavailable => Self::Overloaded,
            FailureCode::NotRefreshable | FailureCode::Internal => Self::Internal,
        }
    }

    fn of_endpoint(error: &EndpointError, call: Call) -> Self {
        match error {
            EndpointError::Rejected { error } => Self::Refused(call, ErrorCode::of(error)),
            EndpointError::Http(error) => Self::Upstream(call, error.into()),
            EndpointError::Busy { status, .. } => Self::Upstream(call, (&HttpError::Status(*status)).into()),
            // Ours: the assertion could not be signed.
            EndpointError::Malformed("private_key") => Self::Internal,
            EndpointError::Malformed(_) => Self::Malformed(call),
        }
    }

    fn of_identify(error: &IdentifyError) -> Self {
        match error {
            IdentifyError::NoIdToken => Self::IdToken(IdTokenFault::Missing),
            IdentifyError::IdToken(error) => Self::IdToken(error.into()),
            IdentifyError::Http(error) => Self::Upstream(Call::Profile, error.into()),
            IdentifyError::Userinfo(UserinfoError::Http(error)) => Self::Upstream(Call::Profile, error.into()),
            IdentifyError::Userinfo(UserinfoError::MissingSubject) => Self::Profile(ProfileFault::NoId),
            IdentifyError::Userinfo(UserinfoError::SubjectMismatch) | IdentifyError::AnotherUser => {
                Self::Profile(ProfileFault::OtherSubject)
            }
            IdentifyError::ProfileSource(error) => match error {
                ProfileSourceError::Timeout => Self::Upstream(Call::Profile, Upstream::Timeout),
                ProfileSourceError::Failed(_) => Self::Upstream(Call::Profile, Upstream::Unreachable),
                ProfileSourceError::Panicked => Self::Internal,
            },
            IdentifyError::NoUserinfo => Self::Profile(ProfileFault::NoEndpoint),
            IdentifyError::Profile(_) => Self::Profile(ProfileFault::NoId),
            IdentifyError::NotAllowed => Self::Profile(ProfileFault::NotAllowed),
        }
    }

    fn of_resolve(error: &ResolveError) -> Self {
        match error {
            ResolveError::Unknown => Self::Start(StartFault::ProviderOff),
            ResolveError::Discovery { error, .. } => match error {
                DiscoveryError::Http(error) => Self::Upstream(Call::Discovery, error.into()),
                DiscoveryError::IssuerMismatch(_) => Self::OtherIssuer,
                DiscoveryError::InvalidIssuer => Self::Upstream(Call::Discovery, Upstream::InvalidUrl),
                DiscoveryError::Malformed(_) => Self::Malformed(Call::Discovery),
                DiscoveryError::ForbiddenEndpoint(..) => Self::Upstream(Call::Discovery, Upstream::Forbidden),
            },
            ResolveError::Keys { error, .. } => match error {
                JwksError::Http(error) => Self::Upstream(Call::Keys, error.into()),
                JwksError::NotAJwks => Self::Malformed(Call::Keys),
            },
            ResolveError::CircuitOpen => Self::CircuitOpen,
            ResolveError::Send(_) => Self::Overloaded,
        }
    }

    fn of_user(error: &UserError) -> Self {
        match error {
            UserError::Policy(error) => Self::Policy(*error),
            UserError::Vetoed(_) => Self::Vetoed,
            UserError::Hook(_) => Self::Hook,
            UserError::Store(_) => Self::Database,
            UserError::TicketNotValid => Self::Start(StartFault::Ticket),
            UserError::RefreshTokenNotValid
            | UserError::CodeNotValid
            | UserError::CredentialNotCreated
            | UserError::NotConsulted => Self::Internal,
        }
    }
}

impl From<&HttpError> for Upstream {
    fn from(error: &HttpError) -> Self {
        match error {
            HttpError::Timeout | HttpError::ConnectTimeout => Self::Timeout,
            HttpError::PrivateNetwork(_) | HttpError::InsecureUrl(_) => Self::Forbidden,
            HttpError::Connect => Self::Unreachable,
            HttpError::Tls(_) | HttpError::InvalidRoots => Self::Tls,
            HttpError::Interrupted => Self::Interrupted,
            HttpError::TooLarge | HttpError::NotJson => Self::NotJson,
            HttpError::Status(status) => Self::Status(*status),
            HttpError::InvalidUrl | HttpError::InvalidRequest => Self::InvalidUrl,
        }
    }
}

impl From<&IdTokenError> for IdTokenFault {
    fn from(error: &IdTokenError) -> Self {
        match error {
            IdTokenError::Malformed(_) => Self::Malformed,
            IdTokenError::AlgorithmNotAllowed => Self::Algorithm,
            IdTokenError::UnknownKey => Self::UnknownKey,
            IdTokenError::UnsuitableKey | IdTokenError::BadSignature => Self::Signature,
            IdTokenError::Claim { name, fault } => match (*name, fault) {
                (_, ClaimFault::NotYetValid) => Self::NotYetValid,
                ("auth_time", _) => Self::AuthTime,
                (_, ClaimFault::Expired) => Self::Expired,
                ("aud" | "azp", _) => Self::Audience,
                ("iss", _) => Self::Issuer,
                ("nonce", _) => Self::Nonce,
                (_, ClaimFault::Missing | ClaimFault::WrongType | ClaimFault::Mismatch) => Self::Claim,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::http::HttpError;

    fn fault(step: Step, source: impl Error + Send + Sync + 'static) -> Fault {
        Fault::of(&SignInError::with_source(step, FailureCode::Internal, source))
    }

    #[test]
    fn source_says_more_than_the_code() {
        assert_eq!(Fault::of(&SignInError::new(Step::Callback, FailureCode::ConsentDenied)), Fault::Denied);
        let error = SignInError::with_source(Step::Callback, FailureCode::ConsentDenied, StateFault::Foreign);
        assert_eq!(Fault::of(&error), Fault::State(StateFault::Foreign));
        let unknown = std::io::Error::other("of no list");
        let error = SignInError::with_source(Step::Callback, FailureCode::ConsentDenied, unknown);
        assert_eq!(Fault::of(&error), Fault::Denied);
    }

    #[test]
    fn endpoint_that_failed_is_named_by_the_step() {
        let timeout = || EndpointError::Http(HttpError::Timeout);
        assert_eq!(fault(Step::Start, timeout()), Fault::Upstream(Call::Authorization, Upstream::Timeout));
        assert_eq!(fault(Step::Exchange, timeout()), Fault::Upstream(Call::Token, Upstream::Timeout));
    }

    #[test]
    fn part_of_this_server_that_does_not_answer_is_overloaded() {
        assert_eq!(fault(Step::SignIn, SendError::Timeout), Fault::Overloaded);
        assert_eq!(fault(Step::SignIn, actix::MailboxError::Closed), Fault::Overloaded);
        let unavailable = crate::store::StoreError::Unavailable(String::new());
        assert_eq!(fault(Step::SignIn, unavailable), Fault::Database);
    }
}
