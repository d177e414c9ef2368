//! An identity that waits for its person's agreement: which ticket, whose account, and where the browser returns to.
//!
//! It lies sealed in the browser in which the linking began. What the provider gave lies in the vault; what is here
//! leads to it, once.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::domain::random::RandomSource;
use crate::domain::seal::{SealError, Sealer};
use crate::domain::secret::Secret;
use crate::session::access_token::Principal;

/// The purpose for which it is sealed.
pub const PURPOSE: &str = "link: browser cookie";

/// How long the person may think about it.
pub const TTL: Duration = Duration::from_secs(300);

/// What waits.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingLink {
    /// The ticket.
    pub handle: Secret,
    /// The account that asked for it.
    pub user_id: UserId,
    /// The session in which it asked.
    pub session_id: SessionId,
    /// Where the browser returns to; checked again when it does.
    pub return_url: String,
    /// What the app wants echoed.
    pub client_state: Option<String>,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// What stands inside the seal.
#[derive(Serialize, Deserialize)]
struct SealedFields {
    h: String,
    u: UserId,
    s: SessionId,
    r: String,
    c: Option<String>,
    e: Timestamp,
}

impl PendingLink {
    /// Who asked for it. The seal of the cookie vouches for it, like the signature of an access token.
    #[must_use]
    pub fn principal(&self) -> Principal {
        Principal { user_id: self.user_id, session_id: Some(self.session_id) }
    }

    /// As cookie text.
    ///
    /// # Errors
    /// [`SealError::NotSealed`]
    pub fn seal(&self, sealer: &Sealer, random: &dyn RandomSource) -> Result<String, SealError> {
        let fields = SealedFields {
            h: self.handle.expose().to_owned(),
            u: self.user_id,
            s: self.session_id,
            r: self.return_url.clone(),
            c: self.client_state.clone(),
            e: self.expires_at,
        };
        let plaintext = zeroize::Zeroizing::new(serde_json::to_vec(&fields).map_err(|_| SealError::NotSealed)?);
        sealer.seal_text(&plaintext, &[], random)
    }

    /// Opens what [`Self::seal`] closed; `None` if it is something else, or too late.
    #[must_use]
    pub fn open(sealed: &str, sealer: &Sealer, now: Timestamp) -> Option<Self> {
        let plaintext = sealer.open_text(sealed, &[]).ok()?;
        let fields: SealedFields = serde_json::from_slice(&plaintext).ok()?;
        (now < fields.e).then(|| Self {
            handle: Secret::new(fields.h),
            user_id: fields.u,
            session_id: fields.s,
            return_url: fields.r,
            client_state: fields.c,
            expires_at: fields.e,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::random::OsRandom;
    use crate::domain::seal::MasterKey;

    #[test]
    fn what_waits_opens_again_in_time() {
        let sealer = Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key");
        let now = Timestamp::from_seconds(1_800_000_000);
        let pending = PendingLink {
            handle: Secret::new("h"),
            user_id: UserId(Uuid::from_u128(1)),
            session_id: SessionId(Uuid::from_u128(2)),
            return_url: "https://app.test/".to_owned(),
            client_state: Some("s".to_owned()),
            expires_at: now.plus(TTL),
        };
        let sealed = pending.seal(&sealer, &OsRandom).expect("sealed");
        assert_eq!(PendingLink::open(&sealed, &sealer, now), Some(pending));
        assert_eq!(PendingLink::open(&sealed, &sealer, now.plus(TTL)), None);
        assert_eq!(PendingLink::open("nonsense", &sealer, now), None);
    }
}
