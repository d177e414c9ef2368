//! The events of a sign-in.

use super::messages::{AccountMatch, SignIn, SignedIn};
use crate::domain::clock::Timestamp;
use crate::domain::event::Event;
use crate::domain::id::UserId;

/// What a sign-in did, in order. `signed_in` is `None` for a new account that starts disabled.
pub(super) fn of_sign_in(
    request: &SignIn,
    user_id: UserId,
    account: AccountMatch,
    signed_in: Option<&SignedIn>,
    at: Timestamp,
) -> Vec<Event> {
    let (provider, flow) = (|| request.profile.provider.clone(), request.origin.flow);
    let mut events = Vec::with_capacity(3);
    match account {
        AccountMatch::Identity => {}
        AccountMatch::Created => events.push(Event::UserCreated { at, user_id, provider: provider(), flow }),
        AccountMatch::VerifiedEmail | AccountMatch::Session => {
            events.push(Event::IdentityLinked { at, user_id, provider: provider(), flow });
        }
    }
    let session_id = match signed_in {
        Some(SignedIn::Session { session, .. }) => Some(Some(session.id())),
        Some(SignedIn::Code(_)) => Some(None),
        Some(SignedIn::Connected | SignedIn::PendingVerification) | None => None,
    };
    let are_tokens_stored = session_id.is_some() || signed_in == Some(&SignedIn::Connected);
    if are_tokens_stored && request.sealable_tokens.is_some() {
        events.push(Event::TokensStored { at, user_id, provider: provider(), flow });
    }
    if let Some(session_id) = session_id {
        events.push(Event::SignedIn { at, user_id, session_id, provider: provider(), flow });
    }
    events
}
