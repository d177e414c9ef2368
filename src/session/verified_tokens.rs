//! The access tokens that were verified recently, so that a client which sends one token with many requests costs one
//! signature check.
//!
//! Only what cannot change is kept: that a key of ours signed the token, whose it is, and from when to when it is valid.
//! Each set of keys has a cache of its own. The times are compared at each use, and whether the session has ended is decided
//! by the database. Of a token itself only a fingerprint is kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use siphasher::sip128::SipHasher24;

use super::access_token::{Principal, TokenError};
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;

/// How many tokens each of the two generations holds: together less than 1 MB.
const MAX_TOKENS: usize = 4_096;

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
    /// What a token says that is issued now. Its claims have whole seconds.
    pub(super) fn new(principal: Principal, issued_at: Timestamp, expires_at: Timestamp) -> Self {
        let in_seconds = |time: Timestamp| Timestamp::from_seconds(time.seconds());
        Self { principal, begins_at: in_seconds(issued_at), expires_at: in_seconds(expires_at) }
    }

    /// The same, if it is valid at this time.
    pub(super) fn at(self, now: Timestamp) -> Result<Self, TokenError> {
        match () {
            () if self.begins_at > now.plus(CLOCK_SKEW) => Err(TokenError::NotValid),
            () if self.expires_at <= now => Err(TokenError::Expired),
            () => Ok(self),
        }
    }
}

/// The 128-bit SipHash of a token under a key of this cache. It is a message authentication code: who does not know the
/// key cannot make another text with the same one, and it takes a fraction of the time of SHA-256.
type Fingerprint = u128;

/// Fingerprints are unpredictable, so the hash of the map need not withstand chosen ones.
type Generation = HashMap<Fingerprint, VerifiedToken, RandomState>;

/// Verified tokens. When the new generation is full it replaces the old one, so that tokens in use stay.
pub(super) struct VerifiedTokens {
    hasher: SipHasher24,
    generations: Mutex<(Generation, Generation)>,
}

impl fmt::Debug for VerifiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedTokens").finish_non_exhaustive()
    }
}

impl VerifiedTokens {
    /// Without tokens, with a new key.
    pub(super) fn new(random: &dyn RandomSource) -> Self {
        Self { hasher: SipHasher24::new_with_key(&random.bytes()), generations: Mutex::default() }
    }

    /// What `token` says: as remembered, else what `verify` returns. A token that is not valid is not remembered.
    pub(super) fn get_or_verify(
        &self,
        token: &str,
        verify: impl FnOnce() -> Option<VerifiedToken>,
    ) -> Option<VerifiedToken> {
        let fingerprint = self.fingerprint(token);
        if let Some(known) = self.find(fingerprint) {
            return Some(known);
        }
        let verified = verify()?;
        self.insert(fingerprint, verified);
        Some(verified)
    }

    /// Remembers a token that a key of ours has just signed: the client that gets it usually presents it at once.
    pub(super) fn remember(&self, token: &Secret, verified: VerifiedToken) {
        self.insert(self.fingerprint(token.expose()), verified);
    }

    fn fingerprint(&self, token: &str) -> Fingerprint {
        self.hasher.hash(token.as_bytes()).as_u128()
    }

    fn find(&self, fingerprint: Fingerprint) -> Option<VerifiedToken> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let (new, old) = &mut *generations;
        if let Some(known) = new.get(&fingerprint) {
            return Some(*known);
        }
        let known = old.remove(&fingerprint)?;
        new.insert(fingerprint, known);
        Some(known)
    }

    fn insert(&self, fingerprint: Fingerprint, token: VerifiedToken) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let (new, old) = &mut *generations;
        if new.len() >= MAX_TOKENS {
            std::mem::swap(old, new);
            new.clear();
        }
        new.insert(fingerprint, token);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::domain::id::UserId;
    use crate::domain::random::OsRandom;

    fn tokens() -> VerifiedTokens {
        VerifiedTokens::new(&OsRandom)
    }

    fn token(of: u128) -> VerifiedToken {
        let principal = Principal { user_id: UserId(Uuid::from_u128(of)), session_id: None };
        VerifiedToken { principal, begins_at: Timestamp::from_seconds(1), expires_at: Timestamp::from_seconds(2) }
    }

    #[test]
    fn valid_token_is_verified_once_and_invalid_one_each_time() {
        let tokens = tokens();
        assert_eq!(tokens.get_or_verify("a", || Some(token(1))), Some(token(1)));
        assert_eq!(tokens.get_or_verify("a", || None), Some(token(1)));
        assert_eq!(tokens.get_or_verify("b", || None), None);
        assert_eq!(tokens.get_or_verify("b", || Some(token(2))), Some(token(2)));
    }

    #[test]
    fn remembered_token_is_not_verified_and_has_whole_seconds() {
        let (tokens, half) = (tokens(), Duration::from_millis(500));
        let at = |seconds| Timestamp::from_seconds(seconds).plus(half);
        tokens.remember(&Secret::new("a"), VerifiedToken::new(token(1).principal, at(1), at(2)));
        assert_eq!(tokens.get_or_verify("a", || None), Some(token(1)));
    }

    #[test]
    fn fingerprints_depend_on_all_of_a_token_and_on_the_cache() {
        let (one, other) = (tokens(), tokens());
        let long = "a".repeat(10_000);
        let texts = ["", "a", "ab", "ba", &long, &long[1..], &format!("{long}b")];
        let fingerprints: BTreeSet<_> =
            texts.iter().flat_map(|text| [&one, &other].map(|tokens| tokens.fingerprint(text))).collect();
        assert_eq!(fingerprints.len(), 2 * texts.len());
        assert_eq!(one.fingerprint(&long), one.fingerprint(&long));
    }

    #[test]
    fn full_cache_forgets_what_is_not_in_use() {
        let tokens = tokens();
        let is_known = |name: &str| tokens.get_or_verify(name, || None).is_some();
        for number in 0..3 * MAX_TOKENS {
            tokens.get_or_verify(&number.to_string(), || Some(token(1)));
            assert!(number % 1_000 != 0 || number == 0 || is_known("0"), "{number}: a token in use stays");
        }
        let kept = tokens.generations.lock().expect("not poisoned");
        assert!(kept.0.len() <= MAX_TOKENS + 1 && kept.1.len() <= MAX_TOKENS + 1);
        drop(kept);
        assert!(is_known("0") && !is_known("1"));
    }
}
