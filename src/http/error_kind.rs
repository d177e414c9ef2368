//! What a person is told of an error: one of a closed list, shared by both dialects, with a text in each language.

use super::extract::Rejection;
use crate::flow::error::FailureCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident $title:literal $sentence:literal $next:ident,)*) => {
        /// What happened, as the error page tells it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            not(any(feature = "nhost", test)),
            expect(dead_code, reason = "the link page is of the Nhost dialect")
        )]
        pub enum ErrorKind { $($(#[$doc])* $variant),* }

        #[cfg(feature = "pages")]
        impl ErrorKind {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The key of its title.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// The key of the sentence that says what happened.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence),* }
            }

            /// Its name, the code where a dialect has none.
            #[must_use]
            pub fn name(self) -> &'static str {
                let title = self.title();
                title.strip_prefix("error-").unwrap_or(title)
            }

            /// What the person can do.
            #[must_use]
            pub fn next(self) -> NextStep {
                match self { $(Self::$variant => NextStep::$next),* }
            }
        }
    };
}

/// What a person can do after an error.
#[cfg(feature = "pages")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Begin again, with any provider.
    StartAgain,
    /// Choose another provider.
    ChooseAnother,
    /// Send the same request again, after a moment.
    TryAgain,
    /// Go back to the app.
    Back,
    /// Sign in, and go on in the app.
    SignIn,
    /// Ask the operator.
    Ask,
}

kinds! {
    /// A parameter or the body is wrong, or nothing more may be said.
    InvalidRequest "error-invalid-request" "error-invalid-request-what" Back,
    /// The return URL is not on the allow-list.
    ReturnUrlNotAllowed "error-return-url-not-allowed" "error-return-url-not-allowed-what" Back,
    /// The provider is unknown or not configured.
    ProviderNotAvailable "error-provider-not-available" "error-provider-not-available-what" ChooseAnother,
    /// The callback belongs to no flow of this browser.
    InvalidState "error-invalid-state" "error-invalid-state-what" StartAgain,
    /// The flow's deadline has passed.
    FlowExpired "error-flow-expired" "error-flow-expired-what" StartAgain,
    /// The ticket is unknown, used or expired.
    TicketNotValid "error-ticket-not-valid" "error-ticket-not-valid-what" StartAgain,
    /// The user denied consent at the provider.
    ConsentDenied "error-consent-denied" "error-consent-denied-what" StartAgain,
    /// The provider did not confirm who the user is.
    ProviderError "error-provider-error" "error-provider-error-what" StartAgain,
    /// There is no session, or it has ended.
    SignInRequired "error-sign-in-required" "error-sign-in-required-what" SignIn,
    /// The session is not fresh.
    SessionNotFresh "error-session-not-fresh" "error-session-not-fresh-what" SignIn,
    /// Nothing awaits confirmation in this browser.
    LinkExpired "error-link-expired" "error-link-expired-what" Back,
    /// The request did not come from a page that may send it.
    OtherPage "error-other-page" "error-other-page-what" Back,
    /// The account is disabled.
    UserDisabled "error-user-disabled" "error-user-disabled-what" Ask,
    /// The email is not verified.
    UserUnverified "error-user-unverified" "error-user-unverified-what" Back,
    /// Sign-up is disabled.
    SignUpDisabled "error-sign-up-disabled" "error-sign-up-disabled-what" ChooseAnother,
    /// The embedding app refused the user.
    RejectedByApp "error-rejected-by-app" "error-rejected-by-app-what" Back,
    /// There is no account, or no statement about one.
    UserUnknown "error-user-unknown" "error-user-unknown-what" ChooseAnother,
    /// There is an account already.
    UserAlreadyExists "error-user-already-exists" "error-user-already-exists-what" ChooseAnother,
    /// The identity is linked already.
    AlreadyLinked "error-already-linked" "error-already-linked-what" Back,
    /// A role is not allowed.
    RoleNotAllowed "error-role-not-allowed" "error-role-not-allowed-what" Back,
    /// No route has this path.
    NotFound "error-not-found" "error-not-found-what" Back,
    /// The route has other methods.
    MethodNotAllowed "error-method-not-allowed" "error-method-not-allowed-what" Back,
    /// The request's body took too long.
    BodyTimeout "error-body-timeout" "error-body-timeout-what" Back,
    /// The request's body is too large.
    BodyTooLarge "error-body-too-large" "error-body-too-large-what" Back,
    /// The client sent too many requests.
    TooManyRequests "error-too-many-requests" "error-too-many-requests-what" TryAgain,
    /// The host name is not served.
    HostNotAllowed "error-host-not-allowed" "error-host-not-allowed-what" Back,
    /// A later try may succeed.
    Unavailable "error-unavailable" "error-unavailable-what" TryAgain,
    /// A defect or a misconfiguration.
    Internal "error-internal" "error-internal-what" Ask,
}

impl From<FailureCode> for ErrorKind {
    fn from(code: FailureCode) -> Self {
        match code {
            FailureCode::ReturnUrlNotAllowed => Self::ReturnUrlNotAllowed,
            FailureCode::ProviderDisabled => Self::ProviderNotAvailable,
            FailureCode::OptionsTooLarge
            | FailureCode::ScopeNotAllowed
            | FailureCode::InvalidCallback
            | FailureCode::InvalidIdToken
            | FailureCode::NotRefreshable => Self::InvalidRequest,
            FailureCode::InvalidState => Self::InvalidState,
            FailureCode::FlowExpired => Self::FlowExpired,
            FailureCode::ConsentDenied => Self::ConsentDenied,
            FailureCode::ProviderError | FailureCode::ExchangeFailed | FailureCode::ProfileFailed => {
                Self::ProviderError
            }
            FailureCode::InvalidConnectToken => Self::SignInRequired,
            FailureCode::UserDisabled => Self::UserDisabled,
            FailureCode::UserUnverified => Self::UserUnverified,
            FailureCode::SignUpDisabled => Self::SignUpDisabled,
            FailureCode::RejectedByApp => Self::RejectedByApp,
            FailureCode::AlreadyLinked => Self::AlreadyLinked,
            FailureCode::UserUnknown => Self::UserUnknown,
            FailureCode::UserAlreadyExists => Self::UserAlreadyExists,
            FailureCode::RoleNotAllowed | FailureCode::DefaultRoleNotAllowed => Self::RoleNotAllowed,
            FailureCode::InvalidTicket => Self::TicketNotValid,
            FailureCode::Unavailable => Self::Unavailable,
            FailureCode::Internal => Self::Internal,
        }
    }
}

impl From<&Rejection> for ErrorKind {
    fn from(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::DuplicateParameter(_)
            | Rejection::InvalidParameters(_)
            | Rejection::InvalidJson { .. }
            | Rejection::UnreadableBody => Self::InvalidRequest,
            Rejection::BodyTimeout => Self::BodyTimeout,
            Rejection::BodyTooLarge => Self::BodyTooLarge,
            Rejection::NotFound => Self::NotFound,
            Rejection::MethodNotAllowed => Self::MethodNotAllowed,
            Rejection::TooManyRequests { .. } => Self::TooManyRequests,
            Rejection::HostNotAllowed => Self::HostNotAllowed,
            Rejection::Unavailable => Self::Unavailable,
            Rejection::Internal => Self::Internal,
        }
    }
}
