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
            let held = AccountEmail { is_proven: bits & 1 != 0, is_blocked: bits & 2 != 0 };
            all.push(Account { id: id(number), is_disabled, address: Some(held) });
        }
    }
    all
}

pub(super) fn every_rule() -> impl Iterator<Item = Rules> {
    (0..64).map(|bits| Rules {
        sign_up_enabled: bits & 1 != 0,
        create_on_sign_in: bits & 2 != 0,
        new_users_disabled: bits & 4 != 0,
        email_required: bits & 8 != 0,
        verified_email_required: bits & 16 != 0,
        link_by_verified_email: bits & 32 != 0,
    })
}

/// Shows every combination to `look`, the impossible ones too: an index of the database may fail, the rules may not.
pub(super) fn for_everything(mut look: impl FnMut(Facts, Rules)) {
    let perhaps = |number| [None].into_iter().chain(every_account(number).into_iter().map(Some)).collect::<Vec<_>>();
    let owners = perhaps(1);
    let email_owners = every_account(2).into_iter().flat_map(|account| {
        [false, true].map(|has_identity_at_provider| Some(EmailOwner { account, has_identity_at_provider }))
    });
    let email_owners: Vec<Option<EmailOwner>> = [None].into_iter().chain(email_owners).collect();
    let mut requests: Vec<Requested> = perhaps(3).into_iter().map(Requested::Connect).collect();
    requests.extend([Requested::SignIn, Requested::SignUp]);
    let provider_email =
        TRUST.into_iter().flat_map(|trust| [false, true].map(|is_blocked| Some(ProviderEmail { trust, is_blocked })));
    let addresses: Vec<Option<ProviderEmail>> = [None].into_iter().chain(provider_email).collect();
    let rules: Vec<Rules> = every_rule().collect();
    for &requested in &requests {
        for &owner in &owners {
            for &email_owner in &email_owners {
                for &address in &addresses {
                    for &rules in &rules {
                        look(Facts { requested, owner, email_owner, address }, rules);
                    }
                }
            }
        }
    }
}

pub(super) const OPEN: Rules = Rules {
    sign_up_enabled: true,
    create_on_sign_in: true,
    new_users_disabled: false,
    email_required: false,
    verified_email_required: false,
    link_by_verified_email: true,
};

const PROVEN: AccountEmail = AccountEmail { is_proven: true, is_blocked: false };
const VOUCHED: ProviderEmail = ProviderEmail { trust: EmailTrust::Verified, is_blocked: false };

fn account(number: u128) -> Account {
    Account { id: id(number), is_disabled: false, address: Some(PROVEN) }
}

fn email_owner() -> Option<EmailOwner> {
    Some(EmailOwner { account: account(2), has_identity_at_provider: false })
}

fn new_user() -> Facts {
    Facts { requested: Requested::SignIn, owner: None, email_owner: None, address: Some(VOUCHED) }
}

fn provider_email(trust: EmailTrust) -> Option<ProviderEmail> {
    Some(ProviderEmail { trust, ..VOUCHED })
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
        if let Decision::LinkByEmail(id) = decide(facts, rules) {
            let EmailOwner { account: email_owner, has_identity_at_provider } =
                facts.email_owner.expect("an account to link_by_email into");
            assert_eq!((id, facts.owner, facts.requested), (email_owner.id, None, Requested::SignIn));
            assert!(!has_identity_at_provider, "an account has one identity of a provider by its address: {facts:?}");
            assert!(
                facts.address.is_some_and(|provider_email| provider_email.trust == EmailTrust::Verified),
                "{facts:?}"
            );
            assert!(email_owner.address.is_some_and(|held| held.is_proven), "{facts:?}");
            assert!(rules.link_by_verified_email, "{facts:?}");
        }
    });
}

#[test]
fn no_combination_gives_anything_to_whom_the_rules_shut_out() {
    for_everything(|facts, rules| {
        let asking = match facts.requested {
            Requested::Connect(who) => who,
            Requested::SignIn | Requested::SignUp => None,
        };
        if let Decision::SignIn(id) | Decision::LinkByEmail(id) | Decision::Connect(id) = decide(facts, rules) {
            let gets = [facts.owner, facts.email_owner.map(|it| it.account), asking]
                .into_iter()
                .flatten()
                .find(|who| who.id == id);
            let gets = gets.expect("somebody who is there");
            assert!(!gets.is_disabled, "{facts:?} {rules:?}");
            let is_let_in = |held: AccountEmail| !held.is_blocked && (held.is_proven || !rules.verified_email_required);
            assert!(gets.address.is_none_or(is_let_in), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn no_combination_makes_a_second_account_beside_a_first_or_one_that_the_rules_forbid() {
    for_everything(|facts, rules| {
        let Decision::Create(beginning) = decide(facts, rules) else { return };
        assert!(facts.owner.is_none() && facts.email_owner.is_none() && rules.sign_up_enabled, "{facts:?}");
        assert!(rules.create_on_sign_in || facts.requested == Requested::SignUp, "{facts:?} {rules:?}");
        assert!(
            facts.address.map_or(!rules.email_required, |provider_email| !provider_email.is_blocked),
            "{facts:?} {rules:?}"
        );
        if beginning == InitialState::SignedIn {
            let is_proven = |provider_email: ProviderEmail| provider_email.trust == EmailTrust::Verified;
            assert!(!rules.new_users_disabled, "{facts:?} {rules:?}");
            assert!(!rules.verified_email_required || facts.address.is_none_or(is_proven), "{facts:?} {rules:?}");
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
        if let Some(ProviderEmail { trust: EmailTrust::Unknown, is_blocked }) = facts.address {
            let denied = ProviderEmail { trust: EmailTrust::Unverified, is_blocked };
            assert_eq!(decide(facts, rules), decide(Facts { address: Some(denied), ..facts }, rules), "{facts:?}");
        }
    });
}

#[test]
fn where_strangers_are_turned_away_nobody_learns_who_is_there_without_proving_the_address() {
    for_everything(|facts, rules| {
        let is_proven = facts.address.is_some_and(|provider_email| provider_email.trust == EmailTrust::Verified);
        let as_a_new_user = decide(Facts { email_owner: None, ..facts }, rules);
        if !is_proven && facts.requested == Requested::SignIn && matches!(as_a_new_user, Decision::Refuse(_)) {
            assert_eq!(decide(facts, rules), as_a_new_user, "{facts:?} {rules:?}");
        }
        if facts.requested == Requested::SignUp && !rules.sign_up_enabled {
            assert_eq!(decide(facts, rules), Decision::Refuse(PolicyError::SignUpDisabled), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn a_known_identity_signs_in_its_owner_whatever_the_address_says() {
    for address in [None, provider_email(EmailTrust::Verified), provider_email(EmailTrust::Unverified)] {
        let facts = Facts { owner: Some(account(1)), email_owner: email_owner(), address, ..new_user() };
        assert_eq!(decide(facts, OPEN), Decision::SignIn(id(1)));
    }
}

#[test]
fn a_proven_address_on_both_sides_leads_to_the_account_if_that_is_wanted() {
    let facts = Facts { email_owner: email_owner(), ..new_user() };
    assert_eq!(decide(facts, OPEN), Decision::LinkByEmail(id(2)));
    let asked_first = Rules { link_by_verified_email: false, ..OPEN };
    assert_eq!(decide(facts, asked_first), Decision::Refuse(PolicyError::AlreadyExists));
}

#[test]
fn a_connecting_person_gets_a_free_identity_and_no_other() {
    let requested = Requested::Connect(Some(account(3)));
    assert_eq!(decide(Facts { requested, ..new_user() }, OPEN), Decision::Connect(id(3)));
    let unproven = Facts { requested, address: provider_email(EmailTrust::Unverified), ..new_user() };
    assert_eq!(decide(unproven, OPEN), Decision::Connect(id(3)), "they are signed in and ask for it");
    for owner in [account(1), account(3)] {
        let facts = Facts { requested, owner: Some(owner), ..new_user() };
        assert_eq!(decide(facts, OPEN), Decision::Refuse(PolicyError::AlreadyLinked));
    }
    assert_eq!(
        decide(Facts { requested: Requested::Connect(None), ..new_user() }, OPEN),
        Decision::Refuse(PolicyError::Unknown)
    );
}

#[test]
fn a_stranger_becomes_a_person_as_the_rules_say() {
    let by = |requested| {
        move |rules| decide(Facts { requested, address: provider_email(EmailTrust::Unknown), ..new_user() }, rules)
    };
    for decide in [by(Requested::SignIn), by(Requested::SignUp)] {
        assert_eq!(decide(OPEN), Decision::Create(InitialState::SignedIn));
        assert_eq!(decide(Rules { sign_up_enabled: false, ..OPEN }), Decision::Refuse(PolicyError::SignUpDisabled));
        assert_eq!(decide(Rules { new_users_disabled: true, ..OPEN }), Decision::Create(InitialState::Disabled));
        assert_eq!(
            decide(Rules { verified_email_required: true, ..OPEN }),
            Decision::Create(InitialState::PendingVerification)
        );
    }
    let by_hand = Rules { create_on_sign_in: false, ..OPEN };
    assert_eq!(by(Requested::SignIn)(by_hand), Decision::Refuse(PolicyError::Unknown));
    assert_eq!(by(Requested::SignUp)(by_hand), Decision::Create(InitialState::SignedIn));
    let nowhere = Facts { address: None, ..new_user() };
    assert_eq!(decide(nowhere, OPEN), Decision::Create(InitialState::SignedIn));
    let required = Rules { email_required: true, ..OPEN };
    assert_eq!(decide(nowhere, required), Decision::Refuse(PolicyError::EmailNotAllowed));
}
