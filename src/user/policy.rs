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
    /// Whether the person is shut out.
    pub is_disabled: bool,
    /// The address, if there is one.
    pub address: Option<Held>,
}

/// The address of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whether a provider proved that the person holds it.
    pub is_proven: bool,
    /// Whether the operator's lists keep it out.
    pub is_barred: bool,
}

/// The account that has the address which the provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// The account.
    pub account: Account,
    /// Whether it has an identity at this provider already, which is another one then: somebody may have got an
    /// address there that was given up.
    pub is_known_there: bool,
}

/// The address that the provider names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// How far the provider vouches for it.
    pub trust: EmailTrust,
    /// Whether the operator's lists keep it out.
    pub is_barred: bool,
}

/// What the person at the provider wants here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
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
    /// Whether strangers may become people here.
    pub is_sign_up_enabled: bool,
    /// Whether signing in is enough for that.
    pub is_sign_up_automatic: bool,
    /// Whether new people wait to be let in.
    pub is_disabled_at_first: bool,
    /// Whether new people need an address.
    pub is_address_required: bool,
    /// Whether an unproven address bars the way.
    pub is_verified_address_required: bool,
    /// Whether an address may lead to an account.
    pub is_linked_by_address: bool,
}

/// Everything the table looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is wanted.
    pub wish: Wish,
    /// Who has this identity.
    pub owner: Option<Account>,
    /// Who has the address that the provider names. The address is unique, so there is one at most.
    pub namesake: Option<Namesake>,
    /// The address that the provider names; `None` without a usable one.
    pub address: Option<Told>,
}

/// What is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign in the account that has the identity.
    SignIn(UserId),
    /// Give the identity to an account, then sign it in.
    Adopt(UserId),
    /// Give the identity to the account that asked for it.
    Connect(UserId),
    /// Make a new account.
    Create(Beginning),
    /// None of it.
    Refuse(Refusal),
}

/// How a new account begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With a session.
    SignedIn,
    /// Without one, until the address is proven.
    Withheld,
    /// Disabled; the person is told so.
    Disabled,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The account is shut out.
    #[error("the account is disabled")]
    Disabled,
    /// An address is unproven on one side or the other.
    #[error("an address is not proven")]
    Unverified,
    /// The operator's lists keep the address out, or there is none and there has to be one.
    #[error("the address is not let in")]
    AddressNotAllowed,
    /// Strangers may not become people here.
    #[error("sign-up is off")]
    SignUpDisabled,
    /// The identity belongs to somebody already.
    #[error("the identity is linked already")]
    AlreadyLinked,
    /// There is no such person.
    #[error("there is no such person")]
    Unknown,
    /// There is such a person already.
    #[error("there is such a person already")]
    AlreadyExists,
    /// The session began too long ago for this.
    #[error("the session is not fresh")]
    NotFresh,
    /// The person has no such identity.
    #[error("the identity is not linked")]
    NotLinked,
    /// Without this identity the person could not come in any more.
    #[error("it is the last way in")]
    LastWayIn,
    /// A wanted role is not on the list.
    #[error("a role is not allowed")]
    RoleNotAllowed,
    /// The wanted default role is not among the wanted roles.
    #[error("the default role is not among the allowed roles")]
    DefaultRoleNotAllowed,
}

/// Whether a person who has an account may go on with it.
///
/// # Errors
/// [`Refusal::AddressNotAllowed`], [`Refusal::Disabled`] or [`Refusal::Unverified`].
pub fn admit(account: Account, rules: Rules) -> Result<(), Refusal> {
    match account.address {
        Some(address) if address.is_barred => Err(Refusal::AddressNotAllowed),
        _ if account.is_disabled => Err(Refusal::Disabled),
        Some(address) if rules.is_verified_address_required && !address.is_proven => Err(Refusal::Unverified),
        _ => Ok(()),
    }
}

/// Looks it up in the table.
#[must_use]
pub fn decide(facts: Facts, rules: Rules) -> Decision {
    match facts.wish {
        Wish::Connect(None) => Decision::Refuse(Refusal::Unknown),
        Wish::Connect(Some(account)) => match (admit(account, rules), facts.owner) {
            (Err(refusal), _) => Decision::Refuse(refusal),
            (Ok(()), Some(_)) => Decision::Refuse(Refusal::AlreadyLinked),
            (Ok(()), None) => Decision::Connect(account.id),
        },
        // Said before anybody is looked for, so that nobody learns who is there.
        Wish::SignUp if !rules.is_sign_up_enabled => Decision::Refuse(Refusal::SignUpDisabled),
        Wish::SignUp if facts.owner.is_some() || facts.namesake.is_some() => Decision::Refuse(Refusal::AlreadyExists),
        Wish::SignUp => receive(facts, rules),
        Wish::SignIn => match (facts.owner, facts.namesake) {
            (Some(owner), _) => match admit(owner, rules) {
                Ok(()) => Decision::SignIn(owner.id),
                Err(refusal) => Decision::Refuse(refusal),
            },
            (None, Some(namesake)) => adopt(namesake, facts, rules),
            (None, None) => receive(facts, rules),
        },
    }
}

fn adopt(namesake: Namesake, facts: Facts, rules: Rules) -> Decision {
    let is_proven_there = facts.address.is_some_and(|told| told.trust == EmailTrust::Verified);
    let Namesake { account, is_known_there } = namesake;
    let is_proven_here = account.address.is_some_and(|held| held.is_proven);
    Decision::Refuse(match (is_proven_there, is_proven_here, admit(account, rules)) {
        // Whoever has not proven the address does not learn how the account stands, and, where a stranger would be
        // turned away, not even that there is one.
        (false, ..) => match receive(facts, rules) {
            Decision::Refuse(refusal) => refusal,
            _ => Refusal::Unverified,
        },
        (true, false, _) => Refusal::Unverified,
        (true, true, _) if is_known_there || !rules.is_linked_by_address => Refusal::AlreadyExists,
        (true, true, Err(refusal)) => refusal,
        (true, true, Ok(())) => return Decision::Adopt(account.id),
    })
}

/// A stranger.
fn receive(facts: Facts, rules: Rules) -> Decision {
    let is_barred = facts.address.map_or(rules.is_address_required, |told| told.is_barred);
    let is_unproven = facts.address.is_some_and(|told| told.trust != EmailTrust::Verified);
    if !rules.is_sign_up_automatic && facts.wish != Wish::SignUp {
        Decision::Refuse(Refusal::Unknown)
    } else if !rules.is_sign_up_enabled {
        Decision::Refuse(Refusal::SignUpDisabled)
    } else if is_barred {
        Decision::Refuse(Refusal::AddressNotAllowed)
    } else if rules.is_disabled_at_first {
        Decision::Create(Beginning::Disabled)
    } else if rules.is_verified_address_required && is_unproven {
        Decision::Create(Beginning::Withheld)
    } else {
        Decision::Create(Beginning::SignedIn)
    }
}

#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
