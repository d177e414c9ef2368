//! The error codes of the specification page, each with its status, message and exact spelling, and their mapping from
//! the errors of the core.

use crate::flow::error::FailureCode;
use crate::http::error_kind::ErrorKind;
use crate::http::state::HttpState;
use crate::user::policy::PolicyError;

macro_rules! codes {
    ($($variant:ident $text:literal $status:literal $message:literal,)*) => {
        /// A code of the specification page, the one that its client documents for the sign-up routes, or one of the
        /// route for provider tokens that the service keeps.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(not(test), expect(dead_code, reason = "the page lists codes of routes that do not exist here"))]
        pub(super) enum ErrorCode { $($variant),* }

        impl ErrorCode {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The code as clients read it.
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The status of an answer with this code.
            pub(super) fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// The message that goes with it.
            pub(super) fn message(self) -> &'static str {
                match self { $(Self::$variant => $message),* }
            }
        }
    };
}

codes! {
    DefaultRoleMustBeInAllowedRoles "default-role-must-be-in-allowed-roles" 400 "Default role must be in allowed roles",
    DisabledEndpoint "disabled-endpoint" 409 "This endpoint is disabled",
    DisabledUser "disabled-user" 401 "User is disabled",
    EmailAlreadyInUse "email-already-in-use" 409 "Email already in use",
    EmailAlreadyVerified "email-already-verified" 400 "User's email is already verified",
    ForbiddenAnonymous "forbidden-anonymous" 403 "Forbidden, user is anonymous.",
    InternalServerError "internal-server-error" 500 "Internal server error",
    InvalidEmailPassword "invalid-email-password" 401 "Incorrect email or password",
    InvalidRequest "invalid-request" 400 "The request payload is incorrect",
    LocaleNotAllowed "locale-not-allowed" 400 "Locale not allowed",
    PasswordTooShort "password-too-short" 400 "Password is too short",
    PasswordInHibpDatabase "password-in-hibp-database" 400 "Password is in HIBP database",
    RedirectToNotAllowed "redirectTo-not-allowed" 400 "The value of \"options.redirectTo\" is not allowed.",
    RoleNotAllowed "role-not-allowed" 400 "Role not allowed",
    SignupDisabled "signup-disabled" 403 "Sign up is disabled.",
    UnverifiedUser "unverified-user" 401 "User is not verified.",
    UserNotAnonymous "user-not-anonymous" 400 "Logged in user is not anonymous",
    InvalidPat "invalid-pat" 401 "Invalid or expired personal access token",
    InvalidRefreshToken "invalid-refresh-token" 401 "Invalid or expired refresh token",
    InvalidTicket "invalid-ticket" 401 "Invalid ticket",
    DisabledMfaTotp "disabled-mfa-totp" 401 "User does not have TOTP MFA enabled",
    NoTotpSecret "no-totp-secret" 400 "User does not have a TOTP secret",
    InvalidTotp "invalid-totp" 401 "Invalid TOTP code",
    MfaTypeNotFound "mfa-type-not-found" 400 "MFA type not found",
    TotpAlreadyActive "totp-already-active" 400 "TOTP MFA is already active",
    InvalidState "invalid-state" 400 "Invalid state",
    OauthTokenEchangeFailed "oauth-token-echange-failed" 400 "Failed to exchange token",
    OauthProfileFetchFailed "oauth-profile-fetch-failed" 400 "Failed to get user profile",
    OauthProviderError "oauth-provider-error" 400 "Provider returned an error",
    InvalidOtp "invalid-otp" 400 "Invalid or expired OTP",
    CannotSendSms "cannot-send-sms" 400 "Cannot send SMS, check your phone number is correct",
    UserAlreadyExists "user-already-exists" 409 "User already exists",
    ProviderAccountAlreadyLinked "provider-account-already-linked" 400 "This provider account is already linked to a user",
    NeedsReauthorization "needs-reauthorization" 409 "The user has to sign in at the provider once more",
    MissingScopes "missing-scopes" 403 "The user has not granted the wanted scopes",
    ProviderUnavailable "provider-unavailable" 503 "The provider does not answer now; try again",
}

impl ErrorCode {
    /// What a person is told of it.
    pub(super) fn kind(self) -> ErrorKind {
        match self {
            Self::DisabledUser => ErrorKind::UserDisabled,
            Self::DisabledEndpoint => ErrorKind::ProviderNotAvailable,
            Self::RedirectToNotAllowed => ErrorKind::ReturnUrlNotAllowed,
            Self::RoleNotAllowed | Self::DefaultRoleMustBeInAllowedRoles => ErrorKind::RoleNotAllowed,
            Self::SignupDisabled => ErrorKind::SignUpDisabled,
            Self::UnverifiedUser => ErrorKind::UserUnverified,
            Self::InvalidState => ErrorKind::InvalidState,
            Self::InvalidTicket => ErrorKind::TicketNotValid,
            Self::InvalidRefreshToken => ErrorKind::SignInRequired,
            Self::OauthTokenEchangeFailed | Self::OauthProfileFetchFailed | Self::OauthProviderError => {
                ErrorKind::ProviderError
            }
            Self::InvalidEmailPassword => ErrorKind::UserUnknown,
            Self::UserAlreadyExists | Self::EmailAlreadyInUse => ErrorKind::UserAlreadyExists,
            Self::ProviderAccountAlreadyLinked => ErrorKind::AlreadyLinked,
            Self::NeedsReauthorization | Self::MissingScopes => ErrorKind::SignInRequired,
            Self::ProviderUnavailable => ErrorKind::Unavailable,
            Self::InternalServerError => ErrorKind::Internal,
            Self::EmailAlreadyVerified
            | Self::ForbiddenAnonymous
            | Self::InvalidRequest
            | Self::LocaleNotAllowed
            | Self::PasswordTooShort
            | Self::PasswordInHibpDatabase
            | Self::UserNotAnonymous
            | Self::InvalidPat
            | Self::DisabledMfaTotp
            | Self::NoTotpSecret
            | Self::InvalidTotp
            | Self::MfaTypeNotFound
            | Self::TotpAlreadyActive
            | Self::InvalidOtp
            | Self::CannotSendSms => ErrorKind::InvalidRequest,
        }
    }
}

/// The code that a browser and its app get, concealed if the operator wants it.
pub(super) fn public_code(http: &HttpState, code: FailureCode) -> ErrorCode {
    let code = from_sign_in(code);
    if http.conceals_errors { code.concealed() } else { code }
}

/// The code of a failed sign-in.
pub(super) fn from_sign_in(code: FailureCode) -> ErrorCode {
    match code {
        FailureCode::ReturnUrlNotAllowed => ErrorCode::RedirectToNotAllowed,
        FailureCode::ProviderDisabled => ErrorCode::DisabledEndpoint,
        FailureCode::OptionsTooLarge
        | FailureCode::ScopeNotAllowed
        | FailureCode::InvalidCallback
        | FailureCode::InvalidConnectToken
        | FailureCode::InvalidIdToken
        | FailureCode::NotRefreshable => ErrorCode::InvalidRequest,
        FailureCode::InvalidState | FailureCode::FlowExpired => ErrorCode::InvalidState,
        FailureCode::ProviderError | FailureCode::ConsentDenied => ErrorCode::OauthProviderError,
        FailureCode::ExchangeFailed => ErrorCode::OauthTokenEchangeFailed,
        FailureCode::ProfileFailed => ErrorCode::OauthProfileFetchFailed,
        FailureCode::UserDisabled => ErrorCode::DisabledUser,
        FailureCode::UserUnverified => ErrorCode::UnverifiedUser,
        FailureCode::SignUpDisabled => ErrorCode::SignupDisabled,
        FailureCode::AlreadyLinked => ErrorCode::ProviderAccountAlreadyLinked,
        FailureCode::UserUnknown => ErrorCode::InvalidEmailPassword,
        FailureCode::UserAlreadyExists => ErrorCode::UserAlreadyExists,
        FailureCode::RoleNotAllowed => ErrorCode::RoleNotAllowed,
        FailureCode::DefaultRoleNotAllowed => ErrorCode::DefaultRoleMustBeInAllowedRoles,
        FailureCode::InvalidTicket => ErrorCode::InvalidTicket,
        FailureCode::RejectedByApp => ErrorCode::SignupDisabled,
        FailureCode::Unavailable | FailureCode::Internal => ErrorCode::InternalServerError,
    }
}

/// The code of a refusal by policy.
pub(super) fn from_policy(error: PolicyError) -> ErrorCode {
    match error {
        PolicyError::Disabled => ErrorCode::DisabledUser,
        PolicyError::Unverified => ErrorCode::UnverifiedUser,
        PolicyError::SignUpDisabled => ErrorCode::SignupDisabled,
        PolicyError::AlreadyLinked => ErrorCode::ProviderAccountAlreadyLinked,
        PolicyError::Unknown | PolicyError::EmailNotAllowed => ErrorCode::InvalidEmailPassword,
        PolicyError::AlreadyExists => ErrorCode::UserAlreadyExists,
        PolicyError::RoleNotAllowed => ErrorCode::RoleNotAllowed,
        PolicyError::DefaultRoleNotAllowed => ErrorCode::DefaultRoleMustBeInAllowedRoles,
        PolicyError::SessionEnded | PolicyError::NotFresh | PolicyError::NotLinked | PolicyError::LastIdentity => {
            ErrorCode::InvalidRequest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_page_and_of_our_own_routes() {
        let texts: std::collections::BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.text()).collect();
        assert_eq!((ErrorCode::ALL.len(), texts.len()), (32 + 1 + 3, 32 + 1 + 3));
        assert!(ErrorCode::ALL.iter().all(|code| (400..=503).contains(&code.status()) && !code.message().is_empty()));
    }

    #[test]
    fn description_lists_the_codes() {
        let part = include_str!("../ops/openapi/nhost/schemas.json");
        let part: serde_json::Value = serde_json::from_str(part).expect("JSON");
        let listed = &part["components"]["schemas"]["ErrorCode"]["enum"];
        assert_eq!(*listed, ErrorCode::ALL.iter().map(|code| code.text()).collect::<serde_json::Value>());
    }
}
