//! A link that awaits the user's confirmation, sealed in the browser in which it began.
//!
//! Profile and tokens are in the vault, as a ticket; this is its handle, with the account and the return URL.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::intent::LinkingSession;
use crate::domain::clock::Timestamp;
use crate::domain::random::RandomSource;
use crate::domain::seal::{SealError, Sealer};
use crate::domain::secret::Secret;

/// The purpose of the sealing key.
pub const PURPOSE: &str = "link: browser cookie";

/// How long the user has to confirm.
pub const TTL: Duration = Duration::from_secs(300);

/// A link that awaits confirmation.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingLink {
    /// The handle of its ticket.
    pub handle: Secret,
    /// The session that asked for it.
    pub session: LinkingSession,
    /// Where the browser returns to; checked again when it does.
    pub return_url: String,
    /// The app's `state`, returned to it in the end.
    pub client_state: Option<String>,
    /// The deadline of the confirmation.
    pub expires_at: Timestamp,
}

/// The sealed fields.
#[derive(Serialize, Deserialize)]
struct SealedFields {
    h: String,
    s: LinkingSession,
    r: String,
    c: Option<String>,
    e: Timestamp,
}

impl PendingLink {
    /// The value of its cookie.
    ///
    /// # Errors
    /// [`SealError::NotSealed`]
    pub fn seal(&self, sealer: &Sealer, random: &dyn RandomSource) -> Result<String, SealError> {
        let fields = SealedFields {
            h: self.handle.expose().to_owned(),
            s: self.session,
            r: self.return_url.clone(),
            c: self.client_state.clone(),
            e: self.expires_at,
        };
        let plaintext = zeroize::Zeroizing::new(serde_json::to_vec(&fields).map_err(|_| SealError::NotSealed)?);
        sealer.seal_text(&plaintext, &[], random)
    }

    /// Opens such a cookie; `None` if it is another one or has expired.
    #[must_use]
    pub fn open(sealed: &str, sealer: &Sealer, now: Timestamp) -> Option<Self> {
        let plaintext = sealer.open_text(sealed, &[]).ok()?;
        let fields: SealedFields = serde_json::from_slice(&plaintext).ok()?;
        (now < fields.e).then(|| Self {
            handle: Secret::new(fields.h),
            session: fields.s,
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
    use crate::domain::id::{SessionId, UserId};
    use crate::domain::random::OsRandom;
    use crate::domain::seal::MasterKey;

    #[test]
    fn sealed_link_opens_until_its_deadline() {
        let sealer = Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key");
        let now = Timestamp::from_seconds(1_800_000_000);
        let pending = PendingLink {
            handle: Secret::new("h"),
            session: LinkingSession { user_id: UserId(Uuid::from_u128(1)), session_id: SessionId(Uuid::from_u128(2)) },
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
