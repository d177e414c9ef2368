//! The table of who may become whom, as plain code over plain values. `docs/accounts.md` shows it, written by a
//! test of this file.
//!
//! An account is found by (provider, subject). An address leads to an account only when the provider vouches
//! for it in so many words *and* the account's own address was proven: neither side inherits what the other
//! did not prove.

use crate::domain::id::UserId;
use crate::domain::profile::EmailTrust;

/// An account as far as the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub id: UserId,
    /// Whether the user is shut out.
    pub is_disabled: bool,
    /// The address, if there is one.
    pub address: Option<AccountEmail>,
}

/// The address of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountEmail {
    /// Whether a provider proved that the user holds it.
    pub is_proven: bool,
    /// Whether the operator's lists keep it out.
    pub is_blocked: bool,
}

/// The account that has the address which the provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmailOwner {
    /// The account.
    pub account: Account,
    /// Whether it has an identity at this provider already, which is another one then: somebody may have got an
    /// address there that was given up.
    pub has_identity_at_provider: bool,
}

/// The address that the provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderEmail {
    /// How far the provider vouches for it.
    pub trust: EmailTrust,
    /// Whether the operator's lists keep it out.
    pub is_blocked: bool,
}

/// What the user at the provider wants here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// To sign in, or up.
    SignIn,
    /// To become somebody new, and nobody who is there.
    SignUp,
    /// To add the identity to the account in which they are signed in; `None` if there is no such account.
    Connect(Option<Account>),
}

/// What the operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether strangers may become users here.
    pub sign_up_enabled: bool,
    /// Whether signing in is enough for that.
    pub create_on_sign_in: bool,
    /// Whether new users wait to be let in.
    pub new_users_disabled: bool,
    /// Whether new users need an address.
    pub email_required: bool,
    /// Whether an unproven address blocks the way.
    pub verified_email_required: bool,
    /// Whether an address may lead to an account.
    pub link_by_verified_email: bool,
}

/// Everything the table looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is wanted.
    pub requested: Requested,
    /// Who has this identity.
    pub owner: Option<Account>,
    /// Who has the address that the provider names. The address is unique, so there is one at most.
    pub email_owner: Option<EmailOwner>,
    /// The address that the provider names; `None` without a usable one.
    pub address: Option<ProviderEmail>,
}

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign in the account that has the identity.
    SignIn(UserId),
    /// Give the identity to an account, then sign it in.
    LinkByEmail(UserId),
    /// Give the identity to the account that asked for it.
    Connect(UserId),
    /// Make a new account.
    Create(InitialState),
    /// None of it.
    Refuse(PolicyError),
}

/// How a new account begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialState {
    /// With a session.
    SignedIn,
    /// Without one, until the address is proven.
    PendingVerification,
    /// Disabled; the user is told so.
    Disabled,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The account is shut out.
    #[error("the account is disabled")]
    Disabled,
    /// An address is unproven on one side or the other.
    #[error("an address is not proven")]
    Unverified,
    /// The operator's lists keep the address out, or there is none and there has to be one.
    #[error("the address is not let in")]
    EmailNotAllowed,
    /// Strangers may not become users here.
    #[error("sign-up is off")]
    SignUpDisabled,
    /// The identity belongs to somebody already.
    #[error("the identity is linked already")]
    AlreadyLinked,
    /// There is no such user.
    #[error("there is no such user")]
    Unknown,
    /// There is such a user already.
    #[error("there is such a user already")]
    AlreadyExists,
    /// The session has ended.
    #[error("the session has ended")]
    SessionEnded,
    /// The session began too long ago for this.
    #[error("the session is not fresh")]
    NotFresh,
    /// The user has no such identity.
    #[error("the identity is not linked")]
    NotLinked,
    /// Without this identity the user could not come in any more.
    #[error("it is the last way in")]
    LastIdentity,
    /// A wanted role is not on the list.
    #[error("a role is not allowed")]
    RoleNotAllowed,
    /// The wanted default role is not among the wanted roles.
    #[error("the default role is not among the allowed roles")]
    DefaultRoleNotAllowed,
}

/// Whether a user who has an account may go on with it.
///
/// # Errors
/// [`PolicyError::EmailNotAllowed`], [`PolicyError::Disabled`] or [`PolicyError::Unverified`].
pub fn check_access(account: Account, rules: Rules) -> Result<(), PolicyError> {
    match account.address {
        Some(address) if address.is_blocked => Err(PolicyError::EmailNotAllowed),
        _ if account.is_disabled => Err(PolicyError::Disabled),
        Some(address) if rules.verified_email_required && !address.is_proven => Err(PolicyError::Unverified),
        _ => Ok(()),
    }
}

/// Looks it up in the table.
#[must_use]
pub fn decide(facts: Facts, rules: Rules) -> Decision {
    match facts.requested {
        Requested::Connect(None) => Decision::Refuse(PolicyError::Unknown),
        Requested::Connect(Some(account)) => match (check_access(account, rules), facts.owner) {
            (Err(refusal), _) => Decision::Refuse(refusal),
            (Ok(()), Some(_)) => Decision::Refuse(PolicyError::AlreadyLinked),
            (Ok(()), None) => Decision::Connect(account.id),
        },
        // Said before anybody is looked for, so that nobody learns who is there.
        Requested::SignUp if !rules.sign_up_enabled => Decision::Refuse(PolicyError::SignUpDisabled),
        Requested::SignUp if facts.owner.is_some() || facts.email_owner.is_some() => {
            Decision::Refuse(PolicyError::AlreadyExists)
        }
        Requested::SignUp => decide_new_user(facts, rules),
        Requested::SignIn => match (facts.owner, facts.email_owner) {
            (Some(owner), _) => match check_access(owner, rules) {
                Ok(()) => Decision::SignIn(owner.id),
                Err(refusal) => Decision::Refuse(refusal),
            },
            (None, Some(email_owner)) => link_by_email(email_owner, facts, rules),
            (None, None) => decide_new_user(facts, rules),
        },
    }
}

fn link_by_email(email_owner: EmailOwner, facts: Facts, rules: Rules) -> Decision {
    let is_proven_there = facts.address.is_some_and(|told| told.trust == EmailTrust::Verified);
    let EmailOwner { account, has_identity_at_provider } = email_owner;
    let is_proven_here = account.address.is_some_and(|held| held.is_proven);
    Decision::Refuse(match (is_proven_there, is_proven_here, check_access(account, rules)) {
        // Whoever has not proven the address does not learn how the account stands, and, where a new_user would be
        // turned away, not even that there is one.
        (false, ..) => match decide_new_user(facts, rules) {
            Decision::Refuse(refusal) => refusal,
            _ => PolicyError::Unverified,
        },
        (true, false, _) => PolicyError::Unverified,
        (true, true, _) if has_identity_at_provider || !rules.link_by_verified_email => PolicyError::AlreadyExists,
        (true, true, Err(refusal)) => refusal,
        (true, true, Ok(())) => return Decision::LinkByEmail(account.id),
    })
}

/// A new_user.
fn decide_new_user(facts: Facts, rules: Rules) -> Decision {
    let is_blocked = facts.address.map_or(rules.email_required, |told| told.is_blocked);
    let is_unproven = facts.address.is_some_and(|told| told.trust != EmailTrust::Verified);
    if !rules.create_on_sign_in && facts.requested != Requested::SignUp {
        Decision::Refuse(PolicyError::Unknown)
    } else if !rules.sign_up_enabled {
        Decision::Refuse(PolicyError::SignUpDisabled)
    } else if is_blocked {
        Decision::Refuse(PolicyError::EmailNotAllowed)
    } else if rules.new_users_disabled {
        Decision::Create(InitialState::Disabled)
    } else if rules.verified_email_required && is_unproven {
        Decision::Create(InitialState::PendingVerification)
    } else {
        Decision::Create(InitialState::SignedIn)
    }
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
