//! The say of an embedding app in who becomes a new person here.

use serde_json::Value;

use super::id::UserId;
use super::profile::ExternalProfile;

/// A person who is about to be made, or was.
#[derive(Clone, Copy, Debug)]
pub struct NewUser<'a> {
    /// The account's id. It is the final one.
    pub user_id: UserId,
    /// Whom the provider vouches for.
    pub profile: &'a ExternalProfile,
    /// The name to show.
    pub display_name: &'a str,
    /// The address, if there is one.
    pub email: Option<&'a str>,
    /// Whether the provider proved that address.
    pub is_email_verified: bool,
    /// All roles.
    pub roles: &'a [String],
    /// What the app wants to remember: fields of a form, or the `metadata` of a start.
    pub metadata: Option<&'a Value>,
}

/// The app does not want this person. The reason goes to the log; the person hears that sign-up was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app refused: {0}")]
pub struct Veto(pub String);

/// What an embedding app may do when somebody becomes a new person, whatever way they came.
///
/// Both are called on the thread that answers the request, so they must not block.
pub trait SignUpHooks: Send + Sync {
    /// May this person sign up? Asked inside the transaction, before anything is written; a veto leaves nothing
    /// behind. It may be asked again for the same person, if two of them came at once.
    ///
    /// # Errors
    /// [`Veto`]
    fn may_sign_up(&self, new_user: &NewUser<'_>) -> Result<(), Veto> {
        let _ = new_user;
        Ok(())
    }

    /// A person was created, and it is written down for good.
    ///
    /// Where an address has to be proven first (`sign_up.verified_email_required`) and the provider did not prove it,
    /// this is the moment to send a mail; `Vouchsafe::confirm_address` takes its answer.
    fn user_created(&self, new_user: &NewUser<'_>) {
        let _ = new_user;
    }
}

/// An app that has no say: everybody may come.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHooks;

impl SignUpHooks for NoHooks {}
