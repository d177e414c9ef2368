//! The `state` of a flow (RFC 6749 section 10.12): its id, and unguessable.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::clock::Timestamp;
use crate::domain::id::FlowTag;
use crate::domain::random::RandomSource;

const TIME_BYTES: usize = 6;
const RANDOM_BYTES: usize = 18;
const BYTES: usize = TIME_BYTES + RANDOM_BYTES;
/// The length of the text: base64url of a multiple of three bytes.
const TEXT_LEN: usize = BYTES / 3 * 4;

/// A flow's `state`: when it began (48 bits of milliseconds) and 144 random bits, as 32 characters of base64url.
///
/// The time orders the flows of a browser by the names of their cookies alone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FlowId {
    text: [u8; TEXT_LEN],
    began_at: Timestamp,
}

impl fmt::Debug for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlowId(***)")
    }
}

impl FlowId {
    /// The id of a new flow.
    #[must_use]
    pub fn new(now: Timestamp, random: &dyn RandomSource) -> Self {
        let mut bytes = [0; BYTES];
        bytes[..TIME_BYTES].copy_from_slice(&now.millis().to_be_bytes()[8 - TIME_BYTES..]);
        random.fill(&mut bytes[TIME_BYTES..]);
        let mut text = [0; TEXT_LEN];
        let encoded = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text);
        debug_assert_eq!(encoded, Ok(TEXT_LEN));
        Self { text, began_at: now }
    }

    /// The text of the parameter `state`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The flow's name in logs and the audit trail: the beginning of the hash that marks it used.
    #[must_use]
    pub fn tag(&self) -> FlowTag {
        FlowTag::of(self.as_str())
    }

    /// When the flow began.
    #[must_use]
    pub fn began_at(&self) -> Timestamp {
        self.began_at
    }
}

/// The text is not a `state` that this server issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state that this server issued")]
pub struct InvalidFlowId;

impl FromStr for FlowId {
    type Err = InvalidFlowId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text: [u8; TEXT_LEN] = text.as_bytes().try_into().map_err(|_| InvalidFlowId)?;
        let mut bytes = [0; BYTES];
        URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).map_err(|_| InvalidFlowId)?;
        let millis = bytes[..TIME_BYTES].iter().fold(0, |millis: i64, byte| (millis << 8) | i64::from(*byte));
        Ok(Self { text, began_at: Timestamp::from_millis(millis) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::OsRandom;

    #[test]
    fn tag_identifies_the_flow_and_reveals_no_state() {
        let id = FlowId::new(Timestamp::from_millis(1), &OsRandom);
        let other = FlowId::new(Timestamp::from_millis(1), &OsRandom);
        assert_eq!((id.tag().to_string().len(), id.tag() == other.tag()), (16, false));
        assert!(!id.as_str().contains(&id.tag().to_string()));
    }

    #[test]
    fn state_is_parsed_with_its_start_time() {
        let now = Timestamp::from_millis(1_800_000_000_123);
        let id = FlowId::new(now, &OsRandom);
        assert_eq!(id.as_str().len(), 32);
        assert_eq!(id.as_str().parse::<FlowId>(), Ok(id));
        assert_eq!(id.as_str().parse::<FlowId>().map(|id| id.began_at()), Ok(now));
    }

    #[test]
    fn states_of_one_millisecond_are_distinct() {
        let ids = (0..10_000).map(|_| FlowId::new(Timestamp::from_millis(1), &OsRandom));
        assert_eq!(ids.map(|id| id.text).collect::<std::collections::HashSet<_>>().len(), 10_000);
    }

    #[test]
    fn malformed_state_is_rejected() {
        for bad in ["", "x", &"A".repeat(31), &"A".repeat(33), &"=".repeat(32), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"] {
            assert_eq!(bad.parse::<FlowId>(), Err(InvalidFlowId), "{bad:?}");
        }
    }
}
