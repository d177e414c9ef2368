//! Hooks by which an embedding app decides who may sign up and learns who did.

use serde_json::Value;

use super::id::UserId;
use super::profile::ExternalProfile;

/// A user who is about to be created, or was.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The final id of the user.
    pub user_id: UserId,
    /// The profile from the provider.
    pub profile: &'a ExternalProfile,
    /// The display name.
    pub display_name: &'a str,
    /// The e-mail address, if there is one.
    pub email: Option<&'a str>,
    /// Whether the provider verified that address.
    pub is_email_verified: bool,
    /// All roles.
    pub roles: &'a [String],
    /// Fields of the sign-up form, or the `metadata` of the start.
    pub metadata: Option<&'a Value>,
}

/// The app refuses this user. The reason is logged; the client learns only that sign-up was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app refused: {0}")]
pub struct Veto(pub String);

/// Called when a user signs up, by any route.
///
/// Both run on the thread that answers the request, so they must not block.
pub trait SignUpHooks: Send + Sync {
    /// Whether this user may sign up. Called inside the transaction before anything is written; a veto leaves no trace.
    /// It may be called again for the same user if two requests race.
    ///
    /// # Errors
    /// [`Veto`]
    fn may_sign_up(&self, new_user: &NewUser<'_>) -> Result<(), Veto> {
        let _ = new_user;
        Ok(())
    }

    /// A user was created and committed.
    ///
    /// If a verified address is required (`sign_up.verified_email_required`) and the provider did not verify it, send an
    /// e-mail now and call `Vouchsafe::confirm_email` with its answer.
    fn user_created(&self, new_user: &NewUser<'_>) {
        let _ = new_user;
    }
}

/// No hooks: everybody may sign up.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl SignUpHooks for NoHooks {}
