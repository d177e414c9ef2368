//! The world as it ought to be.

use std::collections::BTreeMap;

use proptest::sample::Index;

use super::action::ProviderUser;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::store::testing::StoredUsers;
use crate::user::proof::FreshSession;

/// What the model knows of a user; the address never changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) address: Option<String>,
    pub(super) is_proven: bool,
    pub(super) is_disabled: bool,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) token: Secret,
    pub(super) proof: FreshSession,
    pub(super) is_ended: bool,
}

/// The world as it ought to be.
#[derive(Default)]
pub(super) struct Model {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) identities: BTreeMap<(String, String), UserId>,
    pub(super) sessions: Vec<Session>,
    pub(super) codes: Vec<(Secret, UserId)>,
}

impl Model {
    pub(super) fn of(census: &StoredUsers) -> Self {
        let user = |address: &Option<String>, is_proven, is_disabled| User {
            address: address.clone(),
            is_proven,
            is_disabled,
        };
        let users = census.users.iter();
        let identities = census.identities.iter();
        Self {
            users: users
                .map(|one| (one.id, user(&one.email_canonical, one.is_email_verified, one.is_disabled)))
                .collect(),
            identities: identities
                .map(|(provider, subject, owner)| ((provider.clone(), subject.clone()), *owner))
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn owner(&self, provider_user: &ProviderUser) -> Option<UserId> {
        self.identities.get(&(provider_user.provider.to_owned(), provider_user.subject.to_owned())).copied()
    }

    pub(super) fn any_user(&self, index: Index) -> Option<UserId> {
        (!self.users.is_empty()).then(|| *index.get(&self.users.keys().collect::<Vec<_>>()).to_owned())
    }

    /// May they go on, by the rules in force?
    pub(super) fn can_access(&self, id: UserId, settings: &Settings) -> bool {
        let user = &self.users[&id];
        let is_kept = settings.sign_up.verified_email_required && user.address.is_some() && !user.is_proven;
        !user.is_disabled && !is_kept
    }
}
