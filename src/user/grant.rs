//! Stores the tokens of a sign-in as a grant, which the service refreshes, and ends grants with the last session.
//!
//! What was granted is never narrowed by a later sign-in that asks for less, and a refresh token that the provider does
//! not repeat is kept.

use super::messages::{SignIn, SignOutScope, UserError};
use super::repo::UserService;
use super::unlink::REVOCATION_TTL;
use crate::domain::clock::Timestamp;
use crate::domain::grant_state::GrantState;
use crate::domain::id::UserId;
use crate::domain::sealable_grant::{GrantTerms, SealFor, SealableGrant};
use crate::session::access_token::Principal;
use crate::store::grants::{self, Grant, GrantOwner, GrantTokens};
use crate::store::{Transaction, revocations, sessions, users};

/// What becomes of the tokens that are stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Earlier {
    /// They stay, and the new ones are not stored.
    Stay,
    /// Their refresh token stays.
    RefreshTokenStays,
    /// They are replaced.
    Replaced,
}

impl UserService {
    /// Stores the tokens of a sign-in, if they are to be kept. The user's row is locked, or new.
    pub(super) async fn store_grant(
        &self,
        transaction: &Transaction,
        request: &SignIn,
        user_id: UserId,
        now: Timestamp,
    ) -> Result<(), UserError> {
        let Some(grant) = &request.grant else { return Ok(()) };
        let (provider, subject) = (grant.terms().provider.clone(), request.profile.subject.clone());
        let owner = GrantOwner { user_id, provider, subject };
        match grants::lock(transaction, &owner).await? {
            None => {
                let tokens = tokens(grant, &owner, None)?;
                Ok(grants::add(transaction, self.random.uuid(), &owner, tokens, now).await?)
            }
            Some(stored) => {
                match earlier(&stored, grant.terms()) {
                    Earlier::Stay => {}
                    Earlier::RefreshTokenStays => {
                        let tokens = tokens(grant, &owner, Some(&stored.sealed))?;
                        grants::replace_access_token(transaction, stored.id, tokens, now).await?;
                    }
                    Earlier::Replaced => {
                        let tokens = tokens(grant, &owner, None)?;
                        grants::consent(transaction, stored.id, tokens, now).await?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Has the tokens of all grants revoked if the sessions that are about to end are all that the user has.
    pub(super) async fn revoke_at_last_session(
        &self,
        transaction: &Transaction,
        scope: &SignOutScope,
    ) -> Result<(), UserError> {
        let now = self.clock.now();
        let (user_id, ending) = match scope {
            SignOutScope::RefreshToken(token) => {
                let Some((handle, _)) = self.refresh_tokens.read(token.expose()) else { return Ok(()) };
                let Some(session) = sessions::find(transaction, handle.hash(), now).await? else { return Ok(()) };
                (session.user_id, Some(session.id))
            }
            SignOutScope::Own(Principal { session_id: None, .. }) => return Ok(()),
            SignOutScope::Own(Principal { user_id, session_id }) => (*user_id, *session_id),
            SignOutScope::One(session, id) => (session.user_id(), Some(*id)),
            SignOutScope::All(session) => (session.user_id(), None),
        };
        users::lock_for_update(transaction, user_id).await?;
        let sessions = sessions::list(transaction, user_id, now).await?;
        if !sessions.is_empty() && sessions.iter().all(|session| ending.is_none_or(|ending| ending == session.id)) {
            let times = (now, now.plus(REVOCATION_TTL));
            revocations::queue_grants(transaction, user_id, self.random.as_ref(), times).await?;
        }
        Ok(())
    }
}

fn earlier(stored: &Grant, new: &GrantTerms) -> Earlier {
    let is_usable = matches!(stored.state, GrantState::Live | GrantState::Refreshing) && stored.can_refresh;
    let is_covered = stored.scopes.iter().all(|scope| new.scopes.contains(scope));
    match stored.state {
        _ if is_usable && !is_covered => Earlier::Stay,
        _ if new.can_refresh || !is_usable => Earlier::Replaced,
        // The refresh that is under way uses the stored refresh token up, and brings newer tokens.
        GrantState::Refreshing => Earlier::Stay,
        _ => Earlier::RefreshTokenStays,
    }
}

fn tokens(grant: &SealableGrant, owner: &GrantOwner, earlier: Option<&[u8]>) -> Result<GrantTokens, UserError> {
    let terms = grant.terms();
    let sealed = grant.seal_for(SealFor { user_id: owner.user_id, subject: &owner.subject, earlier });
    let lifetime = if earlier.is_some() { terms.lifetime_with_earlier } else { terms.lifetime };
    Ok(GrantTokens {
        sealed: sealed.map_err(|_| UserError::CredentialNotCreated)?,
        scopes: terms.scopes.clone(),
        can_refresh: terms.can_refresh || earlier.is_some(),
        good_until: lifetime.good_until,
        refresh_at: lifetime.refresh_at,
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::grant_lifetime::GrantLifetime;

    #[test]
    fn stored_tokens_give_way_only_to_better_ones() {
        use GrantState::{Live, NeedsReauthorization, Refreshing, Revoked};
        let (base, more) = (["a"].as_slice(), ["a", "b"].as_slice());
        for (state, can_refresh, stored, (new_can_refresh, new), expected) in [
            (Live, true, base, (true, base), Earlier::Replaced),
            (Live, true, base, (true, more), Earlier::Replaced),
            (Live, true, more, (true, base), Earlier::Stay),
            (Live, true, more, (false, base), Earlier::Stay),
            (Live, true, more, (true, &["a", "c"]), Earlier::Stay),
            (Live, false, more, (false, base), Earlier::Replaced),
            (Live, true, base, (false, base), Earlier::RefreshTokenStays),
            (Live, true, base, (false, more), Earlier::RefreshTokenStays),
            (Refreshing, true, base, (false, base), Earlier::Stay),
            (Refreshing, true, base, (true, base), Earlier::Replaced),
            (Refreshing, true, more, (true, base), Earlier::Stay),
            (NeedsReauthorization, true, more, (true, base), Earlier::Replaced),
            (NeedsReauthorization, true, more, (false, base), Earlier::Replaced),
            (Revoked, true, more, (false, base), Earlier::Replaced),
        ] {
            let texts = |scopes: &[&str]| scopes.iter().map(|&scope| scope.to_owned()).collect();
            let lifetime = GrantLifetime { good_until: None, refresh_at: None };
            let at = Timestamp::from_seconds(1);
            let grant = Grant {
                id: Uuid::nil(),
                user_id: UserId(Uuid::nil()),
                provider: "google".to_owned(),
                subject: "s".to_owned(),
                state,
                scopes: texts(stored),
                sealed: Vec::new(),
                can_refresh,
                good_until: None,
                fence: 1,
                written: 1,
                attempts: 0,
                lease_until: None,
                retry_at: None,
                last_error: None,
                created_at: at,
                updated_at: at,
            };
            let terms = GrantTerms {
                provider: "google".parse().expect("a name"),
                scopes: texts(new),
                can_refresh: new_can_refresh,
                lifetime,
                lifetime_with_earlier: lifetime,
            };
            assert_eq!(earlier(&grant, &terms), expected, "{state:?} {stored:?} {new_can_refresh} {new:?}");
        }
    }
}
