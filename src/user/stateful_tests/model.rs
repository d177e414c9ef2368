//! The expected state.

use std::collections::BTreeMap;

use proptest::sample::Index;

use super::action::ProviderUser;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::store::testing::StoredUsers;
use crate::user::proof::FreshSession;

/// A user; the email never changes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) email: Option<String>,
    pub(super) is_verified: bool,
    pub(super) is_disabled: bool,
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) token: Secret,
    pub(super) proof: FreshSession,
    pub(super) is_ended: bool,
}

/// The expected state.
#[derive(Default)]
pub(super) struct Model {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) identities: BTreeMap<(String, String), UserId>,
    pub(super) sessions: Vec<Session>,
    pub(super) codes: Vec<(Secret, UserId)>,
}

impl Model {
    pub(super) fn of(census: &StoredUsers) -> Self {
        let user =
            |email: &Option<String>, is_verified, is_disabled| User { email: email.clone(), is_verified, is_disabled };
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

    /// Whether the settings give the user access.
    pub(super) fn can_access(&self, id: UserId, settings: &Settings) -> bool {
        let User { email, is_verified, is_disabled } = &self.users[&id];
        let rules = &settings.sign_up;
        let is_listed = rules.emails.has_allow_list();
        let is_allowed = email.as_ref().map_or(!is_listed, |email| !rules.emails.blocks(email));
        let is_pending = email.is_some() && !is_verified && (rules.verified_email_required || is_listed);
        is_allowed && !is_disabled && !is_pending
    }
}
