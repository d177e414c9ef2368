//! Actions at the same time: whatever their order, no account is lost or linked wrongly, and no request fails because of
//! another one.

use std::collections::BTreeMap;

use futures_util::future::{join, join_all};
use proptest::sample::Index;

use super::action::Action;
use super::model::Session;
use super::world::{VERIFIER, World, request};
use crate::domain::audit::RequestOrigin;
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::store::testing::{StoredUsers, set_disabled};
use crate::user::messages::{Exchange, Intent, Refresh, SignOut, SignOutScope, Unlink, UserError};

/// The number of identities of each user at each provider.
type Counts = BTreeMap<(UserId, String), usize>;

fn counts(stored: &StoredUsers) -> Counts {
    let mut counts = Counts::new();
    for (provider, _, owner) in &stored.identities {
        *counts.entry((*owner, provider.clone())).or_default() += 1;
    }
    counts
}

impl World {
    /// Runs all actions at once and checks what must hold afterwards.
    pub(super) async fn act_at_once(&self, actions: &[Action]) {
        let before = counts(&StoredUsers::read(&self.store).await);
        for result in join_all(actions.iter().map(|action| self.attempt(action))).await {
            assert!(!matches!(result, Err(UserError::Store(_) | UserError::CredentialNotCreated)), "{result:?}");
        }
        let stored = StoredUsers::read(&self.store).await;
        let after = counts(&stored);
        for user in &stored.users {
            assert!(after.keys().any(|(owner, _)| *owner == user.id), "{user:?} has no identity left");
        }
        if !actions.iter().any(|action| matches!(action, Action::Connect(..))) {
            for (key, count) in after {
                assert!(count <= before.get(&key).copied().unwrap_or(1), "{key:?} was linked twice by its email");
            }
        }
    }

    fn session(&self, which: Index) -> Option<&Session> {
        let sessions = &self.model.sessions;
        (!sessions.is_empty()).then(|| which.get(sessions))
    }

    async fn sign_out(&self, scope: SignOutScope) -> Result<(), UserError> {
        self.users.send(SignOut { scope, origin: RequestOrigin::default() }).await.expect("an answer")
    }

    async fn attempt(&self, action: &Action) -> Result<(), UserError> {
        let sign_in = |user, intent, by_code| self.ask(request(user, intent, by_code));
        match action {
            Action::SignIn { provider_user, by_code } => {
                sign_in(provider_user, Intent::SIGN_IN, *by_code).await.map(drop)
            }
            Action::SignUp(provider_user) => sign_in(provider_user, Intent::SignUp, false).await.map(drop),
            Action::Race(one, other) => {
                let (one, other) =
                    join(sign_in(one, Intent::SIGN_IN, false), sign_in(other, Intent::SIGN_IN, false)).await;
                one.and(other).map(drop)
            }
            Action::Connect(which, provider_user) => match self.session(*which) {
                Some(session) => sign_in(provider_user, Intent::Connect(session.proof), false).await.map(drop),
                None => Ok(()),
            },
            Action::Refresh(which) => match self.session(*which) {
                Some(session) => {
                    let request = Refresh { token: session.token.clone(), origin: RequestOrigin::default() };
                    self.users.send(request).await.expect("an answer").map(drop)
                }
                None => Ok(()),
            },
            Action::Exchange(which) if !self.model.codes.is_empty() => {
                let code = which.get(&self.model.codes).0.clone();
                self.users.send(Exchange { code, verifier: Secret::new(VERIFIER) }).await.expect("an answer").map(drop)
            }
            Action::Exchange(_) => Ok(()),
            Action::Unlink(which, provider) => match self.session(*which) {
                Some(session) => {
                    let provider = provider.parse().expect("a name");
                    let request =
                        Unlink { session: session.proof, provider, account: None, origin: RequestOrigin::default() };
                    self.users.send(request).await.expect("an answer").map(drop)
                }
                None => Ok(()),
            },
            Action::SignOut(which) => match self.session(*which) {
                Some(session) => self.sign_out(SignOutScope::RefreshToken(session.token.clone())).await,
                None => Ok(()),
            },
            Action::SignOutEverywhere(which) => match self.session(*which) {
                Some(session) => self.sign_out(SignOutScope::All(session.proof.into())).await,
                None => Ok(()),
            },
            Action::Disable(who) | Action::Enable(who) => {
                if let Some(id) = self.model.any_user(*who) {
                    set_disabled(&self.store, id, matches!(action, Action::Disable(_))).await;
                }
                Ok(())
            }
        }
    }
}
