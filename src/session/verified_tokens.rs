//! The access tokens that were verified recently, so that a client which sends one token with many requests costs one
//! signature check.
//!
//! Only what cannot change is kept: that a key of ours signed the token, whose it is, and from when to when it is valid.
//! Each set of keys has a cache of its own. The times are compared at each use, and whether the session has ended is decided
//! by the database.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;

use super::access_token::{Principal, TokenError};
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;

/// How many tokens each of the two generations holds: together about 3 MB of usual tokens.
const MAX_TOKENS: usize = 2_048;

/// A token with more bytes is verified each time.
const MAX_LENGTH: usize = 2_048;

/// How far the clock of another node may be ahead.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// What a verified token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct VerifiedToken {
    pub(super) principal: Principal,
    /// From when on it is valid.
    pub(super) begins_at: Timestamp,
    /// From when on it is not valid any more.
    pub(super) expires_at: Timestamp,
}

impl VerifiedToken {
    /// The same, if it is valid at this time.
    pub(super) fn at(self, now: Timestamp) -> Result<Self, TokenError> {
        match () {
            () if self.begins_at > now.plus(CLOCK_SKEW) => Err(TokenError::NotValid),
            () if self.expires_at <= now => Err(TokenError::Expired),
            () => Ok(self),
        }
    }
}

/// The text of a token, compared in whole: a collision-resistant hash of it would take as long as the signature check of
/// a shared secret.
struct TokenText(Secret);

impl Borrow<str> for TokenText {
    fn borrow(&self) -> &str {
        self.0.expose()
    }
}

impl Hash for TokenText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.expose().hash(state);
    }
}

impl PartialEq for TokenText {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for TokenText {}

/// The tokens are ours, so the hash need not withstand chosen ones.
type Generation = HashMap<TokenText, VerifiedToken, RandomState>;

/// Verified tokens. When the new generation is full it replaces the old one, so that tokens in use stay.
#[derive(Default)]
pub(super) struct VerifiedTokens(Mutex<(Generation, Generation)>);

impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").finish_non_exhaustive()
    }
}

impl VerifiedTokens {
    /// What `token` says: as remembered, else what `verify` returns. A token that is not valid is not remembered.
    pub(super) fn get_or_verify(
        &self,
        token: &str,
        verify: impl FnOnce() -> Option<VerifiedToken>,
    ) -> Option<VerifiedToken> {
        if token.len() > MAX_LENGTH {
            return verify();
        }
        if let Some(known) = self.find(token) {
            return Some(known);
        }
        let verified = verify()?;
        self.insert(TokenText(Secret::new(token)), verified);
        Some(verified)
    }

    fn find(&self, token: &str) -> Option<VerifiedToken> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (new, old) = &mut *generations;
        if let Some(known) = new.get(token) {
            return Some(*known);
        }
        let (text, known) = old.remove_entry(token)?;
        new.insert(text, known);
        Some(known)
    }

    fn insert(&self, text: TokenText, token: VerifiedToken) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (new, old) = &mut *generations;
        if new.len() >= MAX_TOKENS {
            *old = std::mem::take(new);
        }
        new.insert(text, token);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::UserId;

    fn token(of: u128) -> VerifiedToken {
        let principal = Principal { user_id: UserId(Uuid::from_u128(of)), session_id: None };
        VerifiedToken { principal, begins_at: Timestamp::from_seconds(1), expires_at: Timestamp::from_seconds(2) }
    }

    #[test]
    fn valid_token_is_verified_once_and_invalid_one_each_time() {
        let tokens = VerifiedTokens::default();
        assert_eq!(tokens.get_or_verify("a", || Some(token(1))), Some(token(1)));
        assert_eq!(tokens.get_or_verify("a", || None), Some(token(1)));
        assert_eq!(tokens.get_or_verify("b", || None), None);
        assert_eq!(tokens.get_or_verify("b", || Some(token(2))), Some(token(2)));
    }

    #[test]
    fn texts_are_equal_in_whole_or_not_at_all() {
        let text = |text: &str| TokenText(Secret::new(text));
        assert!(text("ab") == text("ab") && text("ab") != text("ac") && text("ab") != text("a"));
    }

    #[test]
    fn long_token_is_verified_each_time() {
        let tokens = VerifiedTokens::default();
        let long = "a".repeat(MAX_LENGTH + 1);
        assert_eq!(tokens.get_or_verify(&long, || Some(token(1))), Some(token(1)));
        assert_eq!(tokens.get_or_verify(&long, || None), None);
        assert_eq!(tokens.get_or_verify(&long[1..], || Some(token(1))), Some(token(1)));
        assert_eq!(tokens.get_or_verify(&long[1..], || None), Some(token(1)));
    }

    #[test]
    fn full_cache_forgets_what_is_not_in_use() {
        let tokens = VerifiedTokens::default();
        let is_known = |name: &str| tokens.get_or_verify(name, || None).is_some();
        for number in 0..3 * MAX_TOKENS {
            tokens.get_or_verify(&number.to_string(), || Some(token(1)));
            assert!(number % 1_000 != 0 || number == 0 || is_known("0"), "{number}: a token in use stays");
        }
        let kept = tokens.0.lock().expect("not poisoned");
        assert!(kept.0.len() <= MAX_TOKENS + 1 && kept.1.len() <= MAX_TOKENS + 1);
        drop(kept);
        assert!(is_known("0") && !is_known("1"));
    }
}
