//! Every combination of facts and rules, and what may never come of one.

use uuid::Uuid;

use super::*;

/// How many combinations there are.
pub(super) const COMBINATIONS: usize = 13 * 11 * 21 * 7 * 64;

const TRUST: [EmailTrust; 3] = [EmailTrust::Verified, EmailTrust::Unverified, EmailTrust::Unknown];

fn id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

/// Every account that there can be.
pub(super) fn every_account(number: u128) -> Vec<Account> {
    let mut all = Vec::new();
    for is_disabled in [false, true] {
        all.push(Account { id: id(number), is_disabled, address: None });
        for bits in 0..4 {
            let held = Held { is_proven: bits & 1 != 0, is_barred: bits & 2 != 0 };
            all.push(Account { id: id(number), is_disabled, address: Some(held) });
        }
    }
    all
}

pub(super) fn every_rule() -> impl Iterator<Item = Rules> {
    (0..64).map(|bits| Rules {
        is_sign_up_enabled: bits & 1 != 0,
        is_sign_up_automatic: bits & 2 != 0,
        is_disabled_at_first: bits & 4 != 0,
        is_address_required: bits & 8 != 0,
        is_verified_address_required: bits & 16 != 0,
        is_linked_by_address: bits & 32 != 0,
    })
}

/// Shows every combination to `look`, the impossible ones too: an index of the database may fail, the rules may not.
pub(super) fn for_everything(mut look: impl FnMut(Facts, Rules)) {
    let perhaps = |number| [None].into_iter().chain(every_account(number).into_iter().map(Some)).collect::<Vec<_>>();
    let owners = perhaps(1);
    let namesakes = every_account(2)
        .into_iter()
        .flat_map(|account| [false, true].map(|is_known_there| Some(Namesake { account, is_known_there })));
    let namesakes: Vec<Option<Namesake>> = [None].into_iter().chain(namesakes).collect();
    let mut wishes: Vec<Wish> = perhaps(3).into_iter().map(Wish::Connect).collect();
    wishes.extend([Wish::SignIn, Wish::SignUp]);
    let told = TRUST.into_iter().flat_map(|trust| [false, true].map(|is_barred| Some(Told { trust, is_barred })));
    let addresses: Vec<Option<Told>> = [None].into_iter().chain(told).collect();
    let rules: Vec<Rules> = every_rule().collect();
    for &wish in &wishes {
        for &owner in &owners {
            for &namesake in &namesakes {
                for &address in &addresses {
                    for &rules in &rules {
                        look(Facts { wish, owner, namesake, address }, rules);
                    }
                }
            }
        }
    }
}

pub(super) const OPEN: Rules = Rules {
    is_sign_up_enabled: true,
    is_sign_up_automatic: true,
    is_disabled_at_first: false,
    is_address_required: false,
    is_verified_address_required: false,
    is_linked_by_address: true,
};

const PROVEN: Held = Held { is_proven: true, is_barred: false };
const VOUCHED: Told = Told { trust: EmailTrust::Verified, is_barred: false };

fn account(number: u128) -> Account {
    Account { id: id(number), is_disabled: false, address: Some(PROVEN) }
}

fn namesake() -> Option<Namesake> {
    Some(Namesake { account: account(2), is_known_there: false })
}

fn stranger() -> Facts {
    Facts { wish: Wish::SignIn, owner: None, namesake: None, address: Some(VOUCHED) }
}

fn told(trust: EmailTrust) -> Option<Told> {
    Some(Told { trust, ..VOUCHED })
}

#[test]
fn no_combination_is_left_out() {
    let mut seen = 0;
    for_everything(|_, _| seen += 1);
    assert_eq!(seen, COMBINATIONS);
}

#[test]
fn no_combination_lets_an_unproven_address_into_an_account() {
    for_everything(|facts, rules| {
        if let Decision::Adopt(id) = decide(facts, rules) {
            let Namesake { account: namesake, is_known_there } = facts.namesake.expect("an account to adopt into");
            assert_eq!((id, facts.owner, facts.wish), (namesake.id, None, Wish::SignIn));
            assert!(!is_known_there, "an account has one identity of a provider by its address: {facts:?}");
            assert!(facts.address.is_some_and(|told| told.trust == EmailTrust::Verified), "{facts:?}");
            assert!(namesake.address.is_some_and(|held| held.is_proven), "{facts:?}");
            assert!(rules.is_linked_by_address, "{facts:?}");
        }
    });
}

#[test]
fn no_combination_gives_anything_to_whom_the_rules_shut_out() {
    for_everything(|facts, rules| {
        let asking = match facts.wish {
            Wish::Connect(who) => who,
            Wish::SignIn | Wish::SignUp => None,
        };
        if let Decision::SignIn(id) | Decision::Adopt(id) | Decision::Connect(id) = decide(facts, rules) {
            let gets = [facts.owner, facts.namesake.map(|it| it.account), asking]
                .into_iter()
                .flatten()
                .find(|who| who.id == id);
            let gets = gets.expect("somebody who is there");
            assert!(!gets.is_disabled, "{facts:?} {rules:?}");
            let is_let_in = |held: Held| !held.is_barred && (held.is_proven || !rules.is_verified_address_required);
            assert!(gets.address.is_none_or(is_let_in), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn no_combination_makes_a_second_account_beside_a_first_or_one_that_the_rules_forbid() {
    for_everything(|facts, rules| {
        let Decision::Create(beginning) = decide(facts, rules) else { return };
        assert!(facts.owner.is_none() && facts.namesake.is_none() && rules.is_sign_up_enabled, "{facts:?}");
        assert!(rules.is_sign_up_automatic || facts.wish == Wish::SignUp, "{facts:?} {rules:?}");
        assert!(facts.address.map_or(!rules.is_address_required, |told| !told.is_barred), "{facts:?} {rules:?}");
        if beginning == Beginning::SignedIn {
            let is_proven = |told: Told| told.trust == EmailTrust::Verified;
            assert!(!rules.is_disabled_at_first, "{facts:?} {rules:?}");
            assert!(!rules.is_verified_address_required || facts.address.is_none_or(is_proven), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn no_combination_moves_an_identity_from_one_account_to_another() {
    for_everything(|facts, rules| {
        if let Some(owner) = facts.owner {
            let decision = decide(facts, rules);
            assert!(
                matches!(decision, Decision::SignIn(id) if id == owner.id) || matches!(decision, Decision::Refuse(_))
            );
        }
    });
}

#[test]
fn a_provider_that_says_nothing_of_an_address_is_heard_like_one_that_says_no() {
    for_everything(|facts, rules| {
        if let Some(Told { trust: EmailTrust::Unknown, is_barred }) = facts.address {
            let denied = Told { trust: EmailTrust::Unverified, is_barred };
            assert_eq!(decide(facts, rules), decide(Facts { address: Some(denied), ..facts }, rules), "{facts:?}");
        }
    });
}

#[test]
fn where_strangers_are_turned_away_nobody_learns_who_is_there_without_proving_the_address() {
    for_everything(|facts, rules| {
        let is_proven = facts.address.is_some_and(|told| told.trust == EmailTrust::Verified);
        let as_a_stranger = decide(Facts { namesake: None, ..facts }, rules);
        if !is_proven && facts.wish == Wish::SignIn && matches!(as_a_stranger, Decision::Refuse(_)) {
            assert_eq!(decide(facts, rules), as_a_stranger, "{facts:?} {rules:?}");
        }
        if facts.wish == Wish::SignUp && !rules.is_sign_up_enabled {
            assert_eq!(decide(facts, rules), Decision::Refuse(Refusal::SignUpDisabled), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn a_known_identity_signs_in_its_owner_whatever_the_address_says() {
    for address in [None, told(EmailTrust::Verified), told(EmailTrust::Unverified)] {
        let facts = Facts { owner: Some(account(1)), namesake: namesake(), address, ..stranger() };
        assert_eq!(decide(facts, OPEN), Decision::SignIn(id(1)));
    }
}

#[test]
fn a_proven_address_on_both_sides_leads_to_the_account_if_that_is_wanted() {
    let facts = Facts { namesake: namesake(), ..stranger() };
    assert_eq!(decide(facts, OPEN), Decision::Adopt(id(2)));
    let asked_first = Rules { is_linked_by_address: false, ..OPEN };
    assert_eq!(decide(facts, asked_first), Decision::Refuse(Refusal::AlreadyExists));
}

#[test]
fn a_connecting_person_gets_a_free_identity_and_no_other() {
    let wish = Wish::Connect(Some(account(3)));
    assert_eq!(decide(Facts { wish, ..stranger() }, OPEN), Decision::Connect(id(3)));
    let unproven = Facts { wish, address: told(EmailTrust::Unverified), ..stranger() };
    assert_eq!(decide(unproven, OPEN), Decision::Connect(id(3)), "they are signed in and ask for it");
    for owner in [account(1), account(3)] {
        let facts = Facts { wish, owner: Some(owner), ..stranger() };
        assert_eq!(decide(facts, OPEN), Decision::Refuse(Refusal::AlreadyLinked));
    }
    assert_eq!(decide(Facts { wish: Wish::Connect(None), ..stranger() }, OPEN), Decision::Refuse(Refusal::Unknown));
}

#[test]
fn a_stranger_becomes_a_person_as_the_rules_say() {
    let by = |wish| move |rules| decide(Facts { wish, address: told(EmailTrust::Unknown), ..stranger() }, rules);
    for decide in [by(Wish::SignIn), by(Wish::SignUp)] {
        assert_eq!(decide(OPEN), Decision::Create(Beginning::SignedIn));
        assert_eq!(decide(Rules { is_sign_up_enabled: false, ..OPEN }), Decision::Refuse(Refusal::SignUpDisabled));
        assert_eq!(decide(Rules { is_disabled_at_first: true, ..OPEN }), Decision::Create(Beginning::Disabled));
        assert_eq!(decide(Rules { is_verified_address_required: true, ..OPEN }), Decision::Create(Beginning::Withheld));
    }
    let by_hand = Rules { is_sign_up_automatic: false, ..OPEN };
    assert_eq!(by(Wish::SignIn)(by_hand), Decision::Refuse(Refusal::Unknown));
    assert_eq!(by(Wish::SignUp)(by_hand), Decision::Create(Beginning::SignedIn));
    let nowhere = Facts { address: None, ..stranger() };
    assert_eq!(decide(nowhere, OPEN), Decision::Create(Beginning::SignedIn));
    let required = Rules { is_address_required: true, ..OPEN };
    assert_eq!(decide(nowhere, required), Decision::Refuse(Refusal::AddressNotAllowed));
}
