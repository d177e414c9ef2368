//! The world as it ought to be.

use std::collections::BTreeMap;

use proptest::sample::Index;

use super::action::Visitor;
use crate::domain::id::{SessionId, UserId};
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::store::testing::Census;

/// What the model knows of a person; the address never changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Person {
    pub(super) address: Option<String>,
    pub(super) is_proven: bool,
    pub(super) is_disabled: bool,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) token: Secret,
    pub(super) owner: UserId,
    pub(super) is_over: bool,
}

/// The world as it ought to be.
#[derive(Default)]
pub(super) struct Model {
    pub(super) people: BTreeMap<UserId, Person>,
    pub(super) identities: BTreeMap<(String, String), UserId>,
    pub(super) sessions: Vec<Session>,
    pub(super) codes: Vec<(Secret, UserId)>,
}

impl Model {
    pub(super) fn of(census: &Census) -> Self {
        let person = |address: &Option<String>, is_proven, is_disabled| Person {
            address: address.clone(),
            is_proven,
            is_disabled,
        };
        let people = census.people.iter();
        let identities = census.identities.iter();
        Self {
            people: people
                .map(|one| (one.id, person(&one.email_canonical, one.is_address_verified, one.is_disabled)))
                .collect(),
            identities: identities
                .map(|(provider, subject, owner)| ((provider.clone(), subject.clone()), *owner))
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn owner(&self, visitor: &Visitor) -> Option<UserId> {
        self.identities.get(&(visitor.provider.to_owned(), visitor.subject.to_owned())).copied()
    }

    pub(super) fn somebody(&self, index: Index) -> Option<UserId> {
        (!self.people.is_empty()).then(|| *index.get(&self.people.keys().collect::<Vec<_>>()).to_owned())
    }

    /// May they go on, by the rules in force?
    pub(super) fn may_go_on(&self, id: UserId, settings: &Settings) -> bool {
        let person = &self.people[&id];
        let is_kept = settings.sign_up.verified_address_required && person.address.is_some() && !person.is_proven;
        !person.is_disabled && !is_kept
    }
}
