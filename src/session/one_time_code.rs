//! The one-time code of a sign-in with `codeChallenge`, which an app exchanges for a session.

use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;

/// A new code: 32 random bytes, 43 characters of base64url.
#[must_use]
pub fn new_code(random: &dyn RandomSource) -> Secret {
    Secret::new(random.text::<32>())
}
