//! Which account a sign-in leads to, decided by plain code over plain values. `docs/accounts.md` shows the decisions
//! as tables that a test writes.
//!
//! An account is found by provider and subject. An email leads to an account only if the provider verified it and the
//! account's owner verified it, too.

use serde::{Deserialize, Serialize};

use crate::domain::id::UserId;

/// An account, as far as the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its user.
    pub id: UserId,
    /// Whether an operator disabled it.
    pub is_disabled: bool,
    /// Whether the email lists exclude it.
    pub is_blocked: bool,
    /// Whether it has an email that is not verified.
    pub is_unverified: bool,
}

/// The account whose verified email is the one that the provider names. There is at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailOwner {
    /// Its user.
    pub id: UserId,
    /// Whether an operator disabled it.
    pub is_disabled: bool,
    /// Whether the email lists exclude it.
    pub is_blocked: bool,
    /// Whether it has another identity at this provider: the provider may have reassigned the email address.
    pub has_identity_at_provider: bool,
}

impl EmailOwner {
    fn account(self) -> Account {
        let Self { id, is_disabled, is_blocked, .. } = self;
        Account { id, is_disabled, is_blocked, is_unverified: false }
    }
}

/// The email that the provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderEmail {
    /// Whether the provider states that it verified it.
    pub is_verified: bool,
    /// Whether the email lists exclude it.
    pub is_blocked: bool,
}

/// What is requested, with what the rules need to know about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// Sign in, or up.
    SignIn,
    /// Create an account; an existing one is refused.
    SignUp,
    /// Link the identity to this account.
    Connect(Account),
}

/// The operator's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether accounts may be created.
    pub sign_up_enabled: bool,
    /// Whether signing in creates them.
    pub create_on_sign_in: bool,
    /// Whether new accounts start disabled.
    pub new_users_disabled: bool,
    /// Whether new accounts need an email.
    pub email_required: bool,
    /// Whether an account with an unverified email gets no session.
    pub verified_email_required: bool,
    /// Whether a verified email leads to an account.
    pub link_by_verified_email: bool,
}

/// Everything that a decision depends on, besides the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is requested.
    pub requested: Requested,
    /// The account that has the identity.
    pub owner: Option<Account>,
    /// The account that has verified the email. Accounts that claim it without proof do not count.
    pub email_owner: Option<EmailOwner>,
    /// The email; `None` if the provider names none.
    pub email: Option<ProviderEmail>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign in the account that has the identity.
    SignIn(UserId),
    /// Link the identity to the account that has the email, and sign it in.
    LinkByEmail(UserId),
    /// Link the identity to the account that asked for it.
    Connect(UserId),
    /// Create an account.
    Create(InitialState),
    /// Refuse.
    Refuse(PolicyError),
}

/// How a new account starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialState {
    /// With a session.
    SignedIn,
    /// Without a session until its email is verified.
    PendingVerification,
    /// Disabled, and the sign-in is refused.
    Disabled,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyError {
    /// An operator disabled the account.
    #[error("the account is disabled")]
    Disabled,
    /// The email is not verified, by the provider or at the account.
    #[error("the email is not verified")]
    Unverified,
    /// The email lists exclude the email, or a required one is missing.
    #[error("the email is not allowed")]
    EmailNotAllowed,
    /// No accounts may be created.
    #[error("sign-up is disabled")]
    SignUpDisabled,
    /// An account has the identity already.
    #[error("the identity is already linked")]
    AlreadyLinked,
    /// No account was found.
    #[error("the user was not found")]
    Unknown,
    /// An account was found where a new one was asked for, or may not be linked by its email.
    #[error("the user already exists")]
    AlreadyExists,
    /// The session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The session began too long ago for this request.
    #[error("the session is not fresh")]
    NotFresh,
    /// The account has no identity at this provider.
    #[error("the identity is not linked")]
    NotLinked,
    /// The account has no other identity.
    #[error("the identity is the last one of the account")]
    LastIdentity,
    /// A requested role is not allowed.
    #[error("a role is not allowed")]
    RoleNotAllowed,
    /// The requested default role is not among the requested roles.
    #[error("the default role is not among the allowed roles")]
    DefaultRoleNotAllowed,
}

/// Whether the user of an account has access.
///
/// # Errors
/// [`PolicyError::EmailNotAllowed`], [`PolicyError::Disabled`] or [`PolicyError::Unverified`].
pub fn check_access(account: Account, rules: Rules) -> Result<(), PolicyError> {
    if account.is_blocked {
        Err(PolicyError::EmailNotAllowed)
    } else if account.is_disabled {
        Err(PolicyError::Disabled)
    } else if account.is_unverified && rules.verified_email_required {
        Err(PolicyError::Unverified)
    } else {
        Ok(())
    }
}

/// Decides what a sign-in does.
#[must_use]
pub fn decide(facts: Facts, rules: Rules) -> Decision {
    match facts.requested {
        Requested::Connect(account) => match (check_access(account, rules), facts.owner) {
            (Err(error), _) => Decision::Refuse(error),
            (Ok(()), Some(_)) => Decision::Refuse(PolicyError::AlreadyLinked),
            (Ok(()), None) => Decision::Connect(account.id),
        },
        // First, so that the answer does not tell which accounts exist.
        Requested::SignUp if !rules.sign_up_enabled => Decision::Refuse(PolicyError::SignUpDisabled),
        Requested::SignUp if facts.owner.is_some() || facts.email_owner.is_some() => {
            Decision::Refuse(PolicyError::AlreadyExists)
        }
        Requested::SignUp => decide_new_user(facts, rules),
        Requested::SignIn => match (facts.owner, facts.email_owner) {
            (Some(owner), _) => match check_access(owner, rules) {
                Ok(()) => Decision::SignIn(owner.id),
                Err(error) => Decision::Refuse(error),
            },
            (None, Some(email_owner)) => decide_link_by_email(email_owner, facts, rules),
            (None, None) => decide_new_user(facts, rules),
        },
    }
}

fn decide_link_by_email(owner: EmailOwner, facts: Facts, rules: Rules) -> Decision {
    if !facts.email.is_some_and(|email| email.is_verified) {
        // Without proof the answer tells nothing about the account, and where new users are refused not even that
        // there is one.
        return match decide_new_user(facts, rules) {
            Decision::Refuse(error) => Decision::Refuse(error),
            _ => Decision::Refuse(PolicyError::Unverified),
        };
    }
    if owner.has_identity_at_provider || !rules.link_by_verified_email {
        return Decision::Refuse(PolicyError::AlreadyExists);
    }
    match check_access(owner.account(), rules) {
        Ok(()) => Decision::LinkByEmail(owner.id),
        Err(error) => Decision::Refuse(error),
    }
}

fn decide_new_user(facts: Facts, rules: Rules) -> Decision {
    let is_blocked = facts.email.map_or(rules.email_required, |email| email.is_blocked);
    let is_unverified = facts.email.is_some_and(|email| !email.is_verified);
    if !rules.create_on_sign_in && facts.requested != Requested::SignUp {
        Decision::Refuse(PolicyError::Unknown)
    } else if !rules.sign_up_enabled {
        Decision::Refuse(PolicyError::SignUpDisabled)
    } else if is_blocked {
        Decision::Refuse(PolicyError::EmailNotAllowed)
    } else if rules.new_users_disabled {
        Decision::Create(InitialState::Disabled)
    } else if rules.verified_email_required && is_unverified {
        Decision::Create(InitialState::PendingVerification)
    } else {
        Decision::Create(InitialState::SignedIn)
    }
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
