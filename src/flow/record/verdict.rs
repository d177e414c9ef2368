//! The cause of how a flow stands: one pure function of its record.

use super::codes::ErrorCode;
use super::fault::{Call, CallbackFault, Fault, IdTokenFault, ProfileFault, StartFault, StateFault, Upstream};
use super::{Attempt, Credentials, Event};
use crate::domain::cause::Cause;
use crate::user::policy::PolicyError;

/// The cause of how a flow stands, from all attempts that are known of it. What went further counts: a repeated callback
/// does not hide that the user is signed in, and nobody abandons a flow that came back elsewhere.
#[must_use]
pub fn cause(attempts: &[Attempt]) -> Cause {
    let causes = attempts.iter().map(|attempt| (attempt.ended_at(), of_attempt(attempt)));
    let furthest = causes.max_by_key(|(at, cause)| (weight(*cause), *at));
    furthest.map_or(Cause::AtProvider, |(_, cause)| cause)
}

/// The order in which causes hide each other.
fn weight(cause: Cause) -> u8 {
    match cause {
        Cause::AtProvider => 0,
        Cause::Abandoned => 1,
        Cause::CallbackRepeated => 2,
        // A request without the flow's cookie says little about the flow: anybody can send it.
        Cause::StateForeign | Cause::CookiesBlocked | Cause::OtherBrowser | Cause::SecondTab => 3,
        Cause::AwaitsApp | Cause::AwaitsConfirmation => 4,
        Cause::SignedIn => 6,
        _ => 5,
    }
}

fn of_attempt(attempt: &Attempt) -> Cause {
    let credentials = attempt.events.iter().find_map(|(_, event)| match event {
        Event::Authenticated(credentials) => Some(*credentials),
        _ => None,
    });
    match attempt.events.last().map(|(_, event)| *event) {
        Some(Event::Failed(fault)) => of_fault(fault, credentials),
        Some(Event::SignedIn) => Cause::SignedIn,
        Some(Event::AwaitsVerification) => Cause::AwaitsVerification,
        Some(Event::AwaitsApp) => Cause::AwaitsApp,
        Some(Event::AwaitsConfirmation) => Cause::AwaitsConfirmation,
        Some(Event::Abandoned) => Cause::Abandoned,
        Some(Event::UsedBefore) => Cause::CallbackRepeated,
        Some(Event::Started) | None => Cause::AtProvider,
        // No attempt ends with these.
        Some(
            Event::CameBack
            | Event::StateAccepted
            | Event::MarkedUsed
            | Event::Authenticated(_)
            | Event::Exchanged
            | Event::IdTokenAccepted
            | Event::Identified
            | Event::Decided(_)
            | Event::Redeemed,
        ) => Cause::InternalError,
    }
}

/// The cause of a failure, by what went wrong and how we authenticate at the provider.
#[must_use]
pub fn of_fault(fault: Fault, credentials: Option<Credentials>) -> Cause {
    match fault {
        Fault::State(fault) => match fault {
            StateFault::Foreign => Cause::StateForeign,
            StateFault::NoCookies => Cause::CookiesBlocked,
            StateFault::NoFlowCookies => Cause::OtherBrowser,
            StateFault::OtherFlows => Cause::SecondTab,
            StateFault::Unreadable => Cause::CookieUnreadable,
            StateFault::OtherProvider => Cause::OtherProviderCallback,
            StateFault::SettingsChanged => Cause::SettingsChanged,
            StateFault::Expired => Cause::FlowExpired,
        },
        Fault::Callback(fault) => match fault {
            CallbackFault::NoIssuer => Cause::IssuerMissing,
            CallbackFault::OtherIssuer => Cause::IssuerOfOtherProvider,
            CallbackFault::OtherTemporaryCredentials | CallbackFault::NoCode | CallbackFault::CodeTooLong => {
                Cause::CallbackMalformed
            }
        },
        Fault::Denied => Cause::UserDenied,
        Fault::Reported(code) => of_reported(code),
        Fault::Upstream(call, problem) => of_upstream(call, problem),
        Fault::Refused(call, code) => of_refused(call, code, credentials),
        Fault::Malformed(_) => Cause::EndpointWrong,
        Fault::OtherIssuer => Cause::MetadataOfOtherIssuer,
        Fault::CircuitOpen => Cause::CircuitOpen,
        Fault::IdToken(fault) => match fault {
            IdTokenFault::Missing => Cause::IdTokenMissing,
            IdTokenFault::Malformed => Cause::IdTokenMalformed,
            IdTokenFault::Algorithm => Cause::IdTokenAlgorithm,
            IdTokenFault::UnknownKey | IdTokenFault::Signature => Cause::IdTokenSignature,
            IdTokenFault::Audience => Cause::IdTokenAudience,
            IdTokenFault::Issuer => Cause::IdTokenIssuer,
            IdTokenFault::Nonce => Cause::IdTokenNonce,
            IdTokenFault::AuthTime => Cause::IdTokenAuthTime,
            IdTokenFault::Expired => Cause::IdTokenExpired,
            IdTokenFault::NotYetValid => Cause::ClockSkew,
            IdTokenFault::Claim => Cause::IdTokenClaim,
        },
        Fault::Profile(fault) => match fault {
            ProfileFault::NoId => Cause::ProfileWithoutId,
            ProfileFault::OtherSubject => Cause::ProfileOfOtherUser,
            ProfileFault::NoEndpoint => Cause::ProfileEndpointMissing,
            ProfileFault::NotAllowed => Cause::NotAllowedByProvider,
        },
        Fault::Policy(error) => of_policy(error),
        Fault::Vetoed => Cause::RejectedByApp,
        Fault::Hook => Cause::HookFailed,
        Fault::Start(fault) => match fault {
            StartFault::ReturnUrl => Cause::ReturnUrlNotAllowed,
            StartFault::ProviderOff => Cause::ProviderDisabled,
            StartFault::OptionsTooLarge => Cause::OptionsTooLarge,
            StartFault::Scope => Cause::ScopeNotAllowed,
            StartFault::Session => Cause::SessionNotFresh,
            StartFault::SignUpOff => Cause::SignUpDisabled,
            StartFault::Ticket => Cause::TicketInvalid,
        },
        Fault::Database => Cause::DatabaseUnavailable,
        Fault::Overloaded => Cause::Overloaded,
        Fault::Internal => Cause::InternalError,
    }
}

/// An error that came through the browser (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
fn of_reported(code: ErrorCode) -> Cause {
    match code.as_str() {
        "access_denied" | "user_denied" | "user_cancelled_login" | "user_cancelled_authorize" => Cause::UserDenied,
        "redirect_uri_mismatch" | "bad_redirect_uri" => Cause::RedirectUriMismatch,
        "invalid_scope" => Cause::ScopeRefused,
        "unauthorized_client"
        | "admin_policy_enforced"
        | "application_suspended"
        | "deleted_client"
        | "disabled_client"
        | "org_internal"
        | "invalid_client"
        | "invalid_client_id" => Cause::ClientNotAllowed,
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
            Cause::InteractionRequired
        }
        "unverified_user_email" => Cause::EmailUnverifiedAtProvider,
        "server_error" | "temporarily_unavailable" | "slow_down" => Cause::ProviderTemporarilyUnavailable,
        _ => Cause::ProviderReported,
    }
}

fn of_upstream(call: Call, problem: Upstream) -> Cause {
    match problem {
        Upstream::Timeout => Cause::ProviderSlow,
        Upstream::Unreachable | Upstream::Interrupted => Cause::ProviderDown,
        Upstream::Tls => Cause::ProviderCertificate,
        Upstream::Status(500..) => Cause::ProviderBroken,
        Upstream::Status(401 | 403) if call == Call::Profile => Cause::ProfileRefused,
        Upstream::Forbidden => Cause::UrlForbidden,
        Upstream::Status(_) | Upstream::NotJson | Upstream::InvalidUrl => Cause::EndpointWrong,
    }
}

/// An error that an endpoint answered to us (RFC 6749 section 5.2).
fn of_refused(call: Call, code: ErrorCode, credentials: Option<Credentials>) -> Cause {
    match (code.as_str(), credentials) {
        (
            "invalid_client"
            | "incorrect_client_credentials"
            | "bad_client_secret"
            | "invalid_client_id"
            | "unauthorized_client"
            | "deleted_client"
            | "disabled_client",
            credentials,
        ) => match credentials {
            Some(Credentials::SecretWithWhiteSpace) => Cause::ClientSecretWhiteSpace,
            Some(Credentials::PrivateKey) => Cause::ClientKeyRefused,
            Some(Credentials::None) => Cause::ClientAuthenticationMissing,
            Some(Credentials::Secret) | None => Cause::ClientSecretWrong,
        },
        ("redirect_uri_mismatch" | "bad_redirect_uri", _) => Cause::RedirectUriMismatch,
        ("invalid_grant" | "bad_verification_code" | "invalid_code" | "code_already_used", _) => Cause::CodeRefused,
        ("invalid_scope", _) => Cause::ScopeRefused,
        ("unverified_user_email", _) => Cause::EmailUnverifiedAtProvider,
        ("server_error" | "temporarily_unavailable" | "slow_down", _) => Cause::ProviderTemporarilyUnavailable,
        _ if call == Call::Authorization => Cause::AuthorizationRequestRefused,
        _ => Cause::TokenRequestRefused,
    }
}

fn of_policy(error: PolicyError) -> Cause {
    match error {
        PolicyError::Disabled => Cause::AccountDisabled,
        PolicyError::Unverified => Cause::EmailNotVerified,
        PolicyError::EmailNotAllowed => Cause::EmailNotAllowed,
        PolicyError::SignUpDisabled => Cause::SignUpDisabled,
        PolicyError::AlreadyLinked => Cause::IdentityLinkedAlready,
        PolicyError::Unknown => Cause::UserUnknown,
        PolicyError::AlreadyExists => Cause::AccountExists,
        PolicyError::SessionEnded | PolicyError::NotFresh => Cause::SessionNotFresh,
        PolicyError::RoleNotAllowed | PolicyError::DefaultRoleNotAllowed => Cause::RoleNotAllowed,
        PolicyError::NotLinked | PolicyError::LastIdentity => Cause::InternalError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::id::FlowTag;

    fn attempt(second: i64, events: &[Event]) -> Attempt {
        Attempt {
            flow: FlowTag::of("state"),
            provider: "google".parse().expect("a name"),
            dialect: None,
            user: None,
            events: events.iter().map(|event| (Timestamp::from_seconds(second), *event)).collect(),
        }
    }

    #[test]
    fn what_went_further_counts() {
        let signed_in = attempt(1, &[Event::CameBack, Event::SignedIn]);
        let repeated = attempt(2, &[Event::CameBack, Event::UsedBefore]);
        let stolen = attempt(3, &[Event::CameBack, Event::Failed(Fault::State(StateFault::NoCookies))]);
        let abandoned = attempt(4, &[Event::Started, Event::Abandoned]);
        let failed = attempt(5, &[Event::CameBack, Event::Failed(Fault::Database)]);
        assert_eq!(cause(&[signed_in, repeated.clone(), stolen.clone(), abandoned.clone()]), Cause::SignedIn);
        assert_eq!(cause(&[failed, repeated.clone(), stolen.clone()]), Cause::DatabaseUnavailable);
        assert_eq!(cause(&[abandoned.clone(), stolen]), Cause::CookiesBlocked);
        assert_eq!(cause(&[abandoned, repeated]), Cause::CallbackRepeated);
        assert_eq!(cause(&[]), Cause::AtProvider);
        // Each one hides those before it, even if these are later.
        let by_weight = [
            Event::Started,
            Event::Abandoned,
            Event::UsedBefore,
            Event::Failed(Fault::State(StateFault::NoCookies)),
            Event::AwaitsApp,
            Event::Failed(Fault::Database),
            Event::SignedIn,
        ];
        for (one, next) in by_weight.iter().zip(&by_weight[1..]) {
            let expected = cause(&[attempt(1, &[*next])]);
            assert_eq!(cause(&[attempt(2, &[*one]), attempt(1, &[*next])]), expected, "{one:?} and {next:?}");
        }
    }

    #[test]
    fn error_code_of_the_provider_is_told_apart() {
        let failed = |fault| cause(&[attempt(1, &[Event::Failed(fault)])]);
        for (code, reported, refused) in [
            ("access_denied", Cause::UserDenied, Cause::TokenRequestRefused),
            ("redirect_uri_mismatch", Cause::RedirectUriMismatch, Cause::RedirectUriMismatch),
            ("invalid_scope", Cause::ScopeRefused, Cause::ScopeRefused),
            ("unauthorized_client", Cause::ClientNotAllowed, Cause::ClientSecretWrong),
            ("login_required", Cause::InteractionRequired, Cause::TokenRequestRefused),
            ("unverified_user_email", Cause::EmailUnverifiedAtProvider, Cause::EmailUnverifiedAtProvider),
            ("server_error", Cause::ProviderTemporarilyUnavailable, Cause::ProviderTemporarilyUnavailable),
            ("invalid_grant", Cause::ProviderReported, Cause::CodeRefused),
            ("of_another_standard", Cause::ProviderReported, Cause::TokenRequestRefused),
        ] {
            let code = ErrorCode::of(code);
            assert_eq!(failed(Fault::Reported(code)), reported, "{code:?}");
            assert_eq!(failed(Fault::Refused(Call::Token, code)), refused, "{code:?}");
        }
        let pushed = Fault::Refused(Call::Authorization, ErrorCode::of("invalid_request"));
        assert_eq!(failed(pushed), Cause::AuthorizationRequestRefused);
        for status in [401, 403] {
            assert_eq!(failed(Fault::Upstream(Call::Profile, Upstream::Status(status))), Cause::ProfileRefused);
            assert_eq!(failed(Fault::Upstream(Call::Token, Upstream::Status(status))), Cause::EndpointWrong);
        }
    }

    #[test]
    fn refusal_of_our_credentials_is_told_apart_by_what_they_are() {
        let refused = Fault::Refused(Call::Token, ErrorCode::of("invalid_client"));
        for (credentials, expected) in [
            (Credentials::Secret, Cause::ClientSecretWrong),
            (Credentials::SecretWithWhiteSpace, Cause::ClientSecretWhiteSpace),
            (Credentials::PrivateKey, Cause::ClientKeyRefused),
            (Credentials::None, Cause::ClientAuthenticationMissing),
        ] {
            let events = [Event::Authenticated(credentials), Event::Failed(refused)];
            assert_eq!(cause(&[attempt(1, &events)]), expected);
        }
    }
}
