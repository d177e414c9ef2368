//! Errors that tell something about an account, public_code as one that tells nothing.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

use super::codes::ErrorCode;
use super::errors::NhostError;

impl ErrorCode {
    /// `invalid-request` for codes that reveal something about an account, else the code itself.
    pub(super) fn concealed(self) -> Self {
        match self {
            Self::DisabledUser
            | Self::EmailAlreadyInUse
            | Self::EmailAlreadyVerified
            | Self::ForbiddenAnonymous
            | Self::InvalidEmailPassword
            | Self::InvalidPat
            | Self::InvalidOtp
            | Self::InvalidRefreshToken
            | Self::InvalidTicket
            | Self::InvalidTotp
            | Self::DisabledMfaTotp
            | Self::NoTotpSecret
            | Self::RoleNotAllowed
            | Self::SignupDisabled
            | Self::UnverifiedUser
            | Self::UserAlreadyExists => Self::InvalidRequest,
            Self::DefaultRoleMustBeInAllowedRoles
            | Self::DisabledEndpoint
            | Self::InternalServerError
            | Self::InvalidRequest
            | Self::LocaleNotAllowed
            | Self::PasswordTooShort
            | Self::PasswordInHibpDatabase
            | Self::RedirectToNotAllowed
            | Self::UserNotAnonymous
            | Self::MfaTypeNotFound
            | Self::TotpAlreadyActive
            | Self::InvalidState
            | Self::OauthTokenEchangeFailed
            | Self::OauthProfileFetchFailed
            | Self::OauthProviderError
            | Self::CannotSendSms
            | Self::NeedsReauthorization
            | Self::MissingScopes
            | Self::ProviderUnavailable
            | Self::ProviderAccountAlreadyLinked => self,
        }
    }
}

/// Middleware: conceals the error of a handler.
pub(super) async fn conceal(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?;
    let error = response.response().error().and_then(|error| error.as_error::<NhostError>());
    let concealed = error.map(|error| (error.concealed(), error)).filter(|(concealed, error)| concealed != *error);
    Ok(match concealed.map(|(concealed, _)| concealed) {
        // Keeps the error, of which a page may be made.
        Some(concealed) => response.into_response(HttpResponse::from_error(concealed)),
        None => response.map_into_boxed_body(),
    })
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;
    use crate::user::messages::UserError;
    use crate::user::policy::PolicyError;

    #[test]
    fn docs_list_the_code_of_each_policy_error() {
        let page = include_str!("../../../docs/accounts.md");
        for refusal in [
            PolicyError::Disabled,
            PolicyError::Unverified,
            PolicyError::EmailNotAllowed,
            PolicyError::SignUpDisabled,
            PolicyError::AlreadyLinked,
            PolicyError::Unknown,
            PolicyError::AlreadyExists,
            PolicyError::RoleNotAllowed,
            PolicyError::DefaultRoleNotAllowed,
        ] {
            let error = NhostError::from(UserError::from(refusal));
            let mark = if error.concealed() == error { "" } else { " *" };
            let row = format!("| {refusal} | `{error}`{mark} | {} |\n", error.status_code().as_u16());
            assert!(page.contains(&row), "{row}");
        }
    }
}
