//! The table of who may become whom, as plain code over plain values.
//!
//! An account is found by (provider, subject). An address leads to an account only when the provider vouches
//! for it in so many words *and* the account's own address was proven: neither side inherits what the other
//! did not prove.

use crate::domain::id::UserId;
use crate::domain::profile::EmailTrust;
use crate::store::people::Standing;

/// What the person at the provider wants here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To sign in, or up.
    SignIn,
    /// To become somebody new, and nobody who is there.
    SignUp,
    /// To add the identity to the account in which they are signed in; `None` if there is no such account.
    Connect(Option<Standing>),
}

/// What the operator allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether strangers may become people here.
    pub is_sign_up_enabled: bool,
    /// Whether new people wait to be let in.
    pub is_disabled_at_first: bool,
    /// Whether an unproven address bars the way.
    pub is_verified_address_required: bool,
}

/// Everything the table looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What is wanted.
    pub wish: Wish,
    /// Who has this identity.
    pub owner: Option<Standing>,
    /// Who has the address that the provider names.
    pub namesake: Option<Standing>,
    /// How far the provider vouches for the address; `None` without a usable address.
    pub address: Option<EmailTrust>,
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

/// Whether a person who is signed in already may go on.
///
/// # Errors
/// [`Refusal::Disabled`] or [`Refusal::Unverified`].
pub fn admit(person: Standing, rules: Rules) -> Result<(), Refusal> {
    if person.is_disabled {
        Err(Refusal::Disabled)
    } else if rules.is_verified_address_required && person.has_address && !person.is_address_verified {
        Err(Refusal::Unverified)
    } else {
        Ok(())
    }
}

/// Looks it up in the table.
#[must_use]
pub fn decide(facts: Facts, rules: Rules) -> Decision {
    match facts.wish {
        Wish::Connect(None) => Decision::Refuse(Refusal::Unknown),
        Wish::Connect(Some(person)) => match (admit(person, rules), facts.owner) {
            (Err(refusal), _) => Decision::Refuse(refusal),
            (Ok(()), Some(_)) => Decision::Refuse(Refusal::AlreadyLinked),
            (Ok(()), None) => Decision::Connect(person.id),
        },
        Wish::SignUp if facts.owner.is_some() || facts.namesake.is_some() => Decision::Refuse(Refusal::AlreadyExists),
        Wish::SignUp => create(facts.address, rules),
        Wish::SignIn => match (facts.owner, facts.namesake) {
            (Some(owner), _) => match admit(owner, rules) {
                Ok(()) => Decision::SignIn(owner.id),
                Err(refusal) => Decision::Refuse(refusal),
            },
            (None, Some(namesake)) => adopt(namesake, facts.address, rules),
            (None, None) => create(facts.address, rules),
        },
    }
}

fn adopt(namesake: Standing, address: Option<EmailTrust>, rules: Rules) -> Decision {
    let is_proven = address == Some(EmailTrust::Verified) && namesake.is_address_verified;
    match (is_proven, admit(namesake, rules)) {
        // Whoever has not proven the address does not learn how the account stands.
        (false, _) => Decision::Refuse(Refusal::Unverified),
        (true, Err(refusal)) => Decision::Refuse(refusal),
        (true, Ok(())) => Decision::Adopt(namesake.id),
    }
}

fn create(address: Option<EmailTrust>, rules: Rules) -> Decision {
    if !rules.is_sign_up_enabled {
        Decision::Refuse(Refusal::SignUpDisabled)
    } else if rules.is_disabled_at_first {
        Decision::Create(Beginning::Disabled)
    } else if rules.is_verified_address_required && address.is_some_and(|trust| trust != EmailTrust::Verified) {
        Decision::Create(Beginning::Withheld)
    } else {
        Decision::Create(Beginning::SignedIn)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const OPEN: Rules =
        Rules { is_sign_up_enabled: true, is_disabled_at_first: false, is_verified_address_required: false };

    fn standing(id: u128) -> Standing {
        Standing { id: UserId(Uuid::from_u128(id)), is_disabled: false, has_address: true, is_address_verified: true }
    }

    fn facts() -> Facts {
        Facts { wish: Wish::SignIn, owner: None, namesake: None, address: Some(EmailTrust::Verified) }
    }

    fn every_standing(id: u128) -> Vec<Option<Standing>> {
        let mut all = vec![None];
        for bits in 0..8 {
            let (is_disabled, has_address) = (bits & 1 != 0, bits & 2 != 0);
            all.push(Some(Standing { is_disabled, has_address, is_address_verified: bits & 4 != 0, ..standing(id) }));
        }
        all
    }

    /// Every combination of facts and rules.
    fn everything() -> Vec<(Facts, Rules)> {
        let mut all = Vec::new();
        let wishes = every_standing(3).into_iter().map(Wish::Connect).chain([Wish::SignIn, Wish::SignUp]);
        for wish in wishes {
            for owner in every_standing(1) {
                for namesake in every_standing(2) {
                    for address in
                        [None, Some(EmailTrust::Verified), Some(EmailTrust::Unverified), Some(EmailTrust::Unknown)]
                    {
                        for bits in 0..8 {
                            let rules = Rules {
                                is_sign_up_enabled: bits & 1 != 0,
                                is_disabled_at_first: bits & 2 != 0,
                                is_verified_address_required: bits & 4 != 0,
                            };
                            all.push((Facts { wish, owner, namesake, address }, rules));
                        }
                    }
                }
            }
        }
        all
    }

    #[test]
    fn a_known_identity_signs_in_its_owner_whatever_the_address_says() {
        for address in [None, Some(EmailTrust::Verified), Some(EmailTrust::Unverified)] {
            let facts = Facts { owner: Some(standing(1)), namesake: Some(standing(2)), address, ..facts() };
            assert_eq!(decide(facts, OPEN), Decision::SignIn(standing(1).id));
        }
    }

    #[test]
    fn a_proven_address_on_both_sides_leads_to_the_account() {
        let facts = Facts { namesake: Some(standing(2)), ..facts() };
        assert_eq!(decide(facts, OPEN), Decision::Adopt(standing(2).id));
    }

    #[test]
    fn a_connecting_person_gets_a_free_identity_and_no_other() {
        let wish = Wish::Connect(Some(standing(3)));
        assert_eq!(decide(Facts { wish, ..facts() }, OPEN), Decision::Connect(standing(3).id));
        for owner in [standing(1), standing(3)] {
            let facts = Facts { wish, owner: Some(owner), ..facts() };
            assert_eq!(decide(facts, OPEN), Decision::Refuse(Refusal::AlreadyLinked));
        }
        assert_eq!(decide(Facts { wish: Wish::Connect(None), ..facts() }, OPEN), Decision::Refuse(Refusal::Unknown));
    }

    #[test]
    fn signing_up_is_for_people_who_are_not_there_yet() {
        let wish = Wish::SignUp;
        assert_eq!(decide(Facts { wish, ..facts() }, OPEN), Decision::Create(Beginning::SignedIn));
        for facts in [Facts { owner: Some(standing(1)), ..facts() }, Facts { namesake: Some(standing(2)), ..facts() }] {
            assert_eq!(decide(Facts { wish, ..facts }, OPEN), Decision::Refuse(Refusal::AlreadyExists));
        }
    }

    #[test]
    fn a_stranger_becomes_a_person_as_the_rules_say() {
        let decide = |rules| decide(Facts { address: Some(EmailTrust::Unknown), ..facts() }, rules);
        assert_eq!(decide(OPEN), Decision::Create(Beginning::SignedIn));
        assert_eq!(decide(Rules { is_sign_up_enabled: false, ..OPEN }), Decision::Refuse(Refusal::SignUpDisabled));
        assert_eq!(decide(Rules { is_disabled_at_first: true, ..OPEN }), Decision::Create(Beginning::Disabled));
        assert_eq!(decide(Rules { is_verified_address_required: true, ..OPEN }), Decision::Create(Beginning::Withheld));
    }

    #[test]
    fn no_combination_lets_an_unproven_address_into_an_account() {
        for (facts, rules) in everything() {
            if let Decision::Adopt(id) = decide(facts, rules) {
                let namesake = facts.namesake.expect("an account to adopt into");
                assert_eq!(id, namesake.id);
                assert!(facts.owner.is_none() && facts.address == Some(EmailTrust::Verified), "{facts:?}");
                assert!(namesake.is_address_verified && !namesake.is_disabled, "{facts:?}");
            }
        }
    }

    #[test]
    fn no_combination_gives_a_disabled_person_anything() {
        for (facts, rules) in everything() {
            let disabled = [
                facts.owner,
                facts.namesake,
                match facts.wish {
                    Wish::Connect(who) => who,
                    Wish::SignIn | Wish::SignUp => None,
                },
            ];
            let disabled: Vec<_> =
                disabled.into_iter().flatten().filter(|who| who.is_disabled).map(|who| who.id).collect();
            if let Decision::SignIn(id) | Decision::Adopt(id) | Decision::Connect(id) = decide(facts, rules) {
                assert!(!disabled.contains(&id), "{facts:?} {rules:?}");
            }
        }
    }

    #[test]
    fn no_combination_makes_a_second_account_beside_a_first() {
        for (facts, rules) in everything() {
            if matches!(decide(facts, rules), Decision::Create(_)) {
                assert!(facts.owner.is_none() && facts.namesake.is_none() && rules.is_sign_up_enabled, "{facts:?}");
            }
        }
        assert_eq!(everything().len(), 11 * 9 * 9 * 4 * 8);
    }
}
