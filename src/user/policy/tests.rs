//! Every combination of facts and rules, and what none of them may lead to.

use uuid::Uuid;

use super::*;

/// The number of combinations.
pub(super) const COMBINATIONS: usize = (8 + 2) * 9 * 9 * 5 * 64;

fn id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

fn bits<const N: usize>() -> impl Iterator<Item = [bool; N]> {
    (0..1_usize << N).map(|bits| std::array::from_fn(|index| bits >> index & 1 != 0))
}

/// Every state of an account.
pub(super) fn all_accounts(number: u128) -> Vec<Account> {
    bits()
        .map(|[is_disabled, is_blocked, is_unverified]| Account {
            id: id(number),
            is_disabled,
            is_blocked,
            is_unverified,
        })
        .collect()
}

pub(super) fn all_rules() -> impl Iterator<Item = Rules> {
    bits().map(|[a, b, c, d, e, f]| Rules {
        sign_up_enabled: a,
        create_on_sign_in: b,
        new_users_disabled: c,
        email_required: d,
        verified_email_required: e,
        link_by_verified_email: f,
    })
}

fn optional<T: Copy>(all: impl IntoIterator<Item = T>) -> Vec<Option<T>> {
    [None].into_iter().chain(all.into_iter().map(Some)).collect()
}

/// Calls `check` with every combination.
pub(super) fn for_all(mut check: impl FnMut(Facts, Rules)) {
    let owners = optional(all_accounts(1));
    let email_owners = optional(bits().map(|[is_disabled, is_blocked, has_identity_at_provider]| EmailOwner {
        id: id(2),
        is_disabled,
        is_blocked,
        has_identity_at_provider,
    }));
    let emails = optional(bits().map(|[is_verified, is_blocked]| ProviderEmail { is_verified, is_blocked }));
    let mut requests: Vec<Requested> = all_accounts(3).into_iter().map(Requested::Connect).collect();
    requests.extend([Requested::SignIn, Requested::SignUp]);
    let rules: Vec<Rules> = all_rules().collect();
    for &requested in &requests {
        for &owner in &owners {
            for &email_owner in &email_owners {
                for &email in &emails {
                    for &rules in &rules {
                        check(Facts { requested, owner, email_owner, email }, rules);
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

const VERIFIED: ProviderEmail = ProviderEmail { is_verified: true, is_blocked: false };
const UNVERIFIED: ProviderEmail = ProviderEmail { is_verified: false, is_blocked: false };

fn account(number: u128) -> Account {
    Account { id: id(number), is_disabled: false, is_blocked: false, is_unverified: false }
}

fn email_owner() -> Option<EmailOwner> {
    Some(EmailOwner { id: id(2), is_disabled: false, is_blocked: false, has_identity_at_provider: false })
}

fn new_user() -> Facts {
    Facts { requested: Requested::SignIn, owner: None, email_owner: None, email: Some(VERIFIED) }
}

#[test]
fn all_combinations_are_tried() {
    let mut seen = 0;
    for_all(|_, _| seen += 1);
    assert_eq!(seen, COMBINATIONS);
}

#[test]
fn linking_by_email_needs_a_verified_email_and_no_other_identity() {
    for_all(|facts, rules| {
        if let Decision::LinkByEmail(id) = decide(facts, rules) {
            let owner = facts.email_owner.expect("an account that has the email");
            assert_eq!((id, facts.owner, facts.requested), (owner.id, None, Requested::SignIn));
            assert!(!owner.has_identity_at_provider, "{facts:?}");
            assert!(facts.email.is_some_and(|email| email.is_verified), "{facts:?}");
            assert!(rules.link_by_verified_email, "{facts:?}");
        }
    });
}

#[test]
fn account_without_access_gains_nothing() {
    for_all(|facts, rules| {
        let (Decision::SignIn(id) | Decision::LinkByEmail(id) | Decision::Connect(id)) = decide(facts, rules) else {
            return;
        };
        let asking = match facts.requested {
            Requested::Connect(account) => Some(account),
            Requested::SignIn | Requested::SignUp => None,
        };
        let accounts = [facts.owner, facts.email_owner.map(EmailOwner::account), asking];
        let account = accounts.into_iter().flatten().find(|account| account.id == id).expect("an existing account");
        assert!(!account.is_disabled && !account.is_blocked, "{facts:?} {rules:?}");
        assert!(!account.is_unverified || !rules.verified_email_required, "{facts:?} {rules:?}");
    });
}

#[test]
fn account_is_created_only_where_none_exists_and_the_rules_allow_it() {
    for_all(|facts, rules| {
        let Decision::Create(state) = decide(facts, rules) else { return };
        assert!(facts.owner.is_none() && facts.email_owner.is_none() && rules.sign_up_enabled, "{facts:?}");
        assert!(rules.create_on_sign_in || facts.requested == Requested::SignUp, "{facts:?} {rules:?}");
        assert!(facts.email.map_or(!rules.email_required, |email| !email.is_blocked), "{facts:?} {rules:?}");
        if state == InitialState::SignedIn {
            assert!(!rules.new_users_disabled, "{facts:?} {rules:?}");
            let is_verified = facts.email.is_none_or(|email| email.is_verified);
            assert!(!rules.verified_email_required || is_verified, "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn linked_identity_never_moves_to_another_account() {
    for_all(|facts, rules| {
        if let Some(owner) = facts.owner {
            let decision = decide(facts, rules);
            assert!(
                matches!(decision, Decision::SignIn(id) if id == owner.id) || matches!(decision, Decision::Refuse(_))
            );
        }
    });
}

#[test]
fn account_is_not_revealed_without_proof_where_sign_up_is_refused() {
    for_all(|facts, rules| {
        let is_verified = facts.email.is_some_and(|email| email.is_verified);
        let as_new_user = decide(Facts { email_owner: None, ..facts }, rules);
        if !is_verified && facts.requested == Requested::SignIn && matches!(as_new_user, Decision::Refuse(_)) {
            assert_eq!(decide(facts, rules), as_new_user, "{facts:?} {rules:?}");
        }
        if facts.requested == Requested::SignUp && !rules.sign_up_enabled {
            assert_eq!(decide(facts, rules), Decision::Refuse(PolicyError::SignUpDisabled), "{facts:?} {rules:?}");
        }
    });
}

#[test]
fn linked_identity_signs_in_whatever_the_email() {
    for email in [None, Some(VERIFIED), Some(UNVERIFIED)] {
        let facts = Facts { owner: Some(account(1)), email_owner: email_owner(), email, ..new_user() };
        assert_eq!(decide(facts, OPEN), Decision::SignIn(id(1)));
    }
}

#[test]
fn verified_email_links_unless_linking_is_off() {
    let facts = Facts { email_owner: email_owner(), ..new_user() };
    assert_eq!(decide(facts, OPEN), Decision::LinkByEmail(id(2)));
    let off = Rules { link_by_verified_email: false, ..OPEN };
    assert_eq!(decide(facts, off), Decision::Refuse(PolicyError::AlreadyExists));
    let unverified = Facts { email: Some(UNVERIFIED), ..facts };
    assert_eq!(decide(unverified, OPEN), Decision::Refuse(PolicyError::Unverified));
}

#[test]
fn connect_links_a_free_identity_only() {
    let requested = Requested::Connect(account(3));
    assert_eq!(decide(Facts { requested, ..new_user() }, OPEN), Decision::Connect(id(3)));
    let unverified = Facts { requested, email: Some(UNVERIFIED), ..new_user() };
    assert_eq!(decide(unverified, OPEN), Decision::Connect(id(3)), "the user is signed in and asks for it");
    for owner in [account(1), account(3)] {
        let facts = Facts { requested, owner: Some(owner), ..new_user() };
        assert_eq!(decide(facts, OPEN), Decision::Refuse(PolicyError::AlreadyLinked));
    }
}

#[test]
fn new_user_starts_as_the_rules_say() {
    let by = |requested| move |rules| decide(Facts { requested, email: Some(UNVERIFIED), ..new_user() }, rules);
    for decide in [by(Requested::SignIn), by(Requested::SignUp)] {
        assert_eq!(decide(OPEN), Decision::Create(InitialState::SignedIn));
        let off = Rules { sign_up_enabled: false, ..OPEN };
        assert_eq!(decide(off), Decision::Refuse(PolicyError::SignUpDisabled));
        let disabled = Rules { new_users_disabled: true, ..OPEN };
        assert_eq!(decide(disabled), Decision::Create(InitialState::Disabled));
        let verified = Rules { verified_email_required: true, ..OPEN };
        assert_eq!(decide(verified), Decision::Create(InitialState::PendingVerification));
    }
    let explicit = Rules { create_on_sign_in: false, ..OPEN };
    assert_eq!(by(Requested::SignIn)(explicit), Decision::Refuse(PolicyError::Unknown));
    assert_eq!(by(Requested::SignUp)(explicit), Decision::Create(InitialState::SignedIn));
    let no_email = Facts { email: None, ..new_user() };
    assert_eq!(decide(no_email, OPEN), Decision::Create(InitialState::SignedIn));
    let required = Rules { email_required: true, ..OPEN };
    assert_eq!(decide(no_email, required), Decision::Refuse(PolicyError::EmailNotAllowed));
}
