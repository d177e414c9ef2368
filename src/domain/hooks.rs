//! Hooks by which an embedding app decides who may sign up, what a new user is like, and what access tokens say besides.
//!
//! A hook is asked before anything is written, outside of any transaction, and within a deadline. Where it fails, panics or
//! is late, the request is refused with a temporary error and leaves no trace.

use std::future::{Future, ready};
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::id::UserId;
use super::profile::ExternalProfile;
pub use super::token_claims::{ClaimError, TokenClaims};

/// The longest message of a [`Veto`], in characters.
const MAX_MESSAGE: usize = 300;

/// The longest code of a [`Veto`], in bytes.
const MAX_CODE: usize = 64;

/// A user who is about to be created, or was.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The final id of the user.
    pub user_id: UserId,
    /// The profile from the provider.
    pub profile: &'a ExternalProfile,
    /// The display name.
    pub display_name: &'a str,
    /// The email address, if there is one.
    pub email: Option<&'a str>,
    /// Whether the provider verified that address.
    pub is_email_verified: bool,
    /// All roles.
    pub roles: &'a [String],
    /// Fields of the sign-up form, or the `metadata` of the start; a JSON object.
    pub metadata: Option<&'a Value>,
}

/// What an app may set of a new user; filled with what the sign-in would store without a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDraft {
    /// The display name. A blank one is replaced by what it was before.
    pub display_name: String,
    /// The `https` URL of a picture; empty if there is none. The server never fetches it.
    pub avatar_url: String,
    /// One of `sign_up.allowed_locales`, or else it stays what it was before.
    pub locale: String,
    /// All roles, each one of `sign_up.allowed_roles`.
    pub roles: Vec<String>,
    /// The role that applies when a request names none; one of `roles`.
    pub default_role: String,
    /// A JSON object, shown to the user's own apps.
    pub metadata: Option<Value>,
}

/// A user for whom an access token is about to be issued.
#[derive(Clone, Copy, Debug)]
pub struct TokenUser<'a> {
    /// The user.
    pub user_id: UserId,
    /// The display name.
    pub display_name: &'a str,
    /// The email address, if there is one.
    pub email: Option<&'a str>,
    /// Whether that address is verified.
    pub is_email_verified: bool,
    /// The role that applies when a request names none.
    pub default_role: &'a str,
    /// All roles.
    pub roles: &'a [String],
    /// What the app stored about the user; a JSON object.
    pub metadata: Option<&'a Value>,
}

/// The app refuses a new user, and tells the person why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app refuses the new user: {code}: {message}")]
pub struct Veto {
    code: String,
    message: String,
}

impl Veto {
    /// The code and message that the person's app gets: `error` and `errorDescription` of Nhost's redirect, `error` and
    /// `message` of its JSON, `code` and `detail` of Aufy's problem details.
    ///
    /// The code is 1 to 64 of `a-z 0-9 - _ .`; any other becomes `signup-disabled`. The message is plain text; control
    /// characters are removed, and what is beyond 300 characters.
    #[must_use]
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        let is_allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
        let is_code = (1..=MAX_CODE).contains(&code.len()) && code.bytes().all(is_allowed);
        Self {
            code: if is_code { code } else { "signup-disabled".to_owned() },
            message: message.chars().filter(|c| !c.is_control()).take(MAX_MESSAGE).collect(),
        }
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// A hook cannot answer, for instance because the app's own database is down. The person may try again; the text is
/// logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unavailable(pub String);

impl From<ClaimError> for Unavailable {
    fn from(error: ClaimError) -> Self {
        Self(error.to_string())
    }
}

/// Why a hook does not let a user sign up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignUpError {
    /// The app refuses this person.
    #[error(transparent)]
    Veto(#[from] Veto),
    /// The app cannot tell now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Called when a user signs up, by any route and in both dialects. Implement what is needed, as `async fn`.
///
/// The futures run on the thread that answers the request: they may hold what is not `Send`, and must not block. For one
/// sign-up the hooks may be called again, if two requests race, and nothing may come of it.
pub trait SignUpHooks: Send + Sync {
    /// What becomes of a provider's profile: returns the draft with what the app sets otherwise. Identity and email are
    /// not in it, because they decide who may enter the account.
    ///
    /// # Errors
    /// [`SignUpError`]
    fn map_profile(
        &self,
        profile: &ExternalProfile,
        draft: UserDraft,
    ) -> impl Future<Output = Result<UserDraft, SignUpError>> {
        let _ = profile;
        ready(Ok(draft))
    }

    /// Whether this person may sign up, as [`Self::map_profile`] left them.
    ///
    /// # Errors
    /// [`SignUpError`]
    fn may_sign_up(&self, new_user: &NewUser<'_>) -> impl Future<Output = Result<(), SignUpError>> {
        let _ = new_user;
        ready(Ok(()))
    }

    /// A user was created and committed. It must return at once.
    ///
    /// If a verified address is required (`sign_up.verified_email_required`) and the provider did not verify it, send an
    /// email now and call `Vouchsafe::confirm_email` with its answer.
    fn user_created(&self, new_user: &NewUser<'_>) {
        let _ = new_user;
    }
}

/// Called whenever an access token is about to be issued: at sign-ins that return one, at exchanges of codes and at each
/// refresh, in both dialects. Implement it as `async fn`.
///
/// The future runs on the thread that answers the request: it may hold what is not `Send`, and must not block.
pub trait TokenHooks: Send + Sync {
    /// What the token says besides.
    ///
    /// # Errors
    /// [`Unavailable`]: the request is answered with 503, and its refresh token, code or ticket stays valid.
    fn claims(&self, user: &TokenUser<'_>) -> impl Future<Output = Result<TokenClaims, Unavailable>>;
}

impl<H: SignUpHooks + ?Sized> SignUpHooks for Arc<H> {
    fn map_profile(
        &self,
        profile: &ExternalProfile,
        draft: UserDraft,
    ) -> impl Future<Output = Result<UserDraft, SignUpError>> {
        self.as_ref().map_profile(profile, draft)
    }

    fn may_sign_up(&self, new_user: &NewUser<'_>) -> impl Future<Output = Result<(), SignUpError>> {
        self.as_ref().may_sign_up(new_user)
    }

    fn user_created(&self, new_user: &NewUser<'_>) {
        self.as_ref().user_created(new_user);
    }
}

impl<H: TokenHooks + ?Sized> TokenHooks for Arc<H> {
    fn claims(&self, user: &TokenUser<'_>) -> impl Future<Output = Result<TokenClaims, Unavailable>> {
        self.as_ref().claims(user)
    }
}

/// [`SignUpHooks`] of any type.
pub(crate) trait AnySignUpHooks: Send + Sync {
    fn map<'a>(
        &'a self,
        profile: &'a ExternalProfile,
        draft: UserDraft,
    ) -> LocalBoxFuture<'a, Result<UserDraft, SignUpError>>;
    fn may<'a>(&'a self, new_user: &'a NewUser<'a>) -> LocalBoxFuture<'a, Result<(), SignUpError>>;
    fn created(&self, new_user: &NewUser<'_>);
}

impl<H: SignUpHooks> AnySignUpHooks for H {
    fn map<'a>(
        &'a self,
        profile: &'a ExternalProfile,
        draft: UserDraft,
    ) -> LocalBoxFuture<'a, Result<UserDraft, SignUpError>> {
        Box::pin(self.map_profile(profile, draft))
    }

    fn may<'a>(&'a self, new_user: &'a NewUser<'a>) -> LocalBoxFuture<'a, Result<(), SignUpError>> {
        Box::pin(self.may_sign_up(new_user))
    }

    fn created(&self, new_user: &NewUser<'_>) {
        self.user_created(new_user);
    }
}

/// [`TokenHooks`] of any type.
pub(crate) trait AnyTokenHooks: Send + Sync {
    fn claims_of<'a>(&'a self, user: &'a TokenUser<'a>) -> LocalBoxFuture<'a, Result<TokenClaims, Unavailable>>;
}

impl<H: TokenHooks> AnyTokenHooks for H {
    fn claims_of<'a>(&'a self, user: &'a TokenUser<'a>) -> LocalBoxFuture<'a, Result<TokenClaims, Unavailable>> {
        Box::pin(self.claims(user))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn veto_keeps_a_plain_code_and_a_short_message() {
        let veto = Veto::new("invite-only", "Ask a member\r\n for an invitation");
        assert_eq!((veto.code(), veto.message()), ("invite-only", "Ask a member for an invitation"));
        for code in ["", "Invite", "a b", "a&b=c", "ü", &"x".repeat(65)] {
            assert_eq!(Veto::new(code, "").code(), "signup-disabled", "{code}");
        }
        assert_eq!(Veto::new("x", "m".repeat(400)).message().len(), 300);
    }
}
