//! Refresh tokens: UUIDs derived from a session's handle and generation; only hashes are stored.
//!
//! The 122 free bits of a version 4 UUID hold the handle of the session (48 bits, random, kept as a hash), the
//! generation (24 bits) and an HMAC of both (50 bits). So a token says of which session and generation it is
//! before any row is read: one statement rotates it, the same predecessor always has the same successor, and
//! comparing two numbers distinguishes an old token from a forged one. Handle and HMAC together are 98 bits that
//! an attacker has to guess online.

use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use uuid::Uuid;

use crate::domain::random::RandomSource;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;

const HANDLE_BITS: u32 = 48;
const GENERATION_BITS: u32 = 24;
const MAC_BITS: u32 = 50;
const LOW_BITS: u32 = 62;

/// The last generation that fits into a token.
pub const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

/// The handle of a session: part of all its refresh tokens; the row holds its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionHandle(u64);

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl SessionHandle {
    /// A new handle.
    #[must_use]
    pub fn new(random: &dyn RandomSource) -> Self {
        Self(u64::from_be_bytes(random.bytes()) >> (64 - HANDLE_BITS))
    }

    /// The hash that the row holds.
    #[must_use]
    pub fn hash(self) -> [u8; 32] {
        sha256(&format!("refresh handle {:012x}", self.0))
    }
}

/// Derives and reads refresh tokens.
#[derive(Clone, Debug)]
pub struct RefreshTokens {
    keys: Arc<[hmac::Key]>,
}

impl RefreshTokens {
    /// With keys derived from `masters`: the first derives, all read.
    #[must_use]
    pub fn new(masters: &[MasterKey]) -> Self {
        let key = |master: &MasterKey| hmac::Key::new(hmac::HMAC_SHA256, master.derive("refresh token").as_slice());
        Self { keys: masters.iter().map(key).collect() }
    }

    /// The token of one generation of a session; deterministic. `None` without a key.
    #[must_use]
    pub fn token(&self, handle: SessionHandle, generation: u32) -> Option<Secret> {
        let mac = mac(self.keys.first()?, handle, generation);
        let payload = (u128::from(handle.0) << (GENERATION_BITS + MAC_BITS))
            | (u128::from(generation ^ mask(handle)) << MAC_BITS)
            | u128::from(mac);
        Some(Secret::new(into_uuid(payload).to_string()))
    }

    /// The handle and generation of a token; `None` if this server did not issue it.
    #[must_use]
    pub fn read(&self, token: &str) -> Option<(SessionHandle, u32)> {
        let payload = from_uuid(Uuid::try_parse(token).ok()?)?;
        let handle = SessionHandle((payload >> (GENERATION_BITS + MAC_BITS)) as u64);
        let generation = ((payload >> MAC_BITS) as u32 & LAST_GENERATION) ^ mask(handle);
        let given = ((payload as u64) & ((1 << MAC_BITS) - 1)).to_be_bytes();
        let is_ours = |key: &hmac::Key| {
            constant_time::verify_slices_are_equal(&mac(key, handle, generation).to_be_bytes(), &given).is_ok()
        };
        self.keys.iter().any(is_ours).then_some((handle, generation))
    }
}

fn mac(key: &hmac::Key, handle: SessionHandle, generation: u32) -> u64 {
    let tag = hmac::sign(key, format!("{:012x} {generation}", handle.0).as_bytes());
    tag.as_ref().iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte)) >> (64 - MAC_BITS)
}

/// Masks the generation, so that first tokens do not look alike; it hides nothing.
fn mask(handle: SessionHandle) -> u32 {
    let scattered = sha256(&format!("refresh generation {:012x}", handle.0));
    u32::from_be_bytes([0, scattered[0], scattered[1], scattered[2]])
}

/// Places 122 bits around the version and variant of a UUID (RFC 9562 section 5.4).
fn into_uuid(payload: u128) -> Uuid {
    let low = payload & ((1 << LOW_BITS) - 1);
    let middle = (payload >> LOW_BITS) & 0xfff;
    let high = payload >> (LOW_BITS + 12);
    Uuid::from_u128((high << 80) | (0x4 << 76) | (middle << 64) | (0b10 << LOW_BITS) | low)
}

fn from_uuid(uuid: Uuid) -> Option<u128> {
    let bits = uuid.as_u128();
    let is_version_4 = (bits >> 76) & 0xf == 0x4 && (bits >> LOW_BITS) & 0b11 == 0b10;
    let low = bits & ((1 << LOW_BITS) - 1);
    is_version_4.then_some((bits >> 80 << (LOW_BITS + 12)) | (((bits >> 64) & 0xfff) << LOW_BITS) | low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(byte: u8) -> RefreshTokens {
        RefreshTokens::new(&[MasterKey::new("k", [byte; 32])])
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn token_is_a_version_4_uuid_that_its_key_reads(handle in 0..(1_u64 << HANDLE_BITS), generation in 0..=LAST_GENERATION) {
            let token = tokens(1).token(SessionHandle(handle), generation).expect("a key");
            let uuid = Uuid::parse_str(token.expose()).expect("a UUID");
            prop_assert_eq!(uuid.get_version_num(), 4);
            prop_assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
            prop_assert_eq!(tokens(1).read(token.expose()), Some((SessionHandle(handle), generation)));
            prop_assert_eq!(tokens(2).read(token.expose()), None);
        }

        #[test]
        fn token_with_a_changed_bit_is_refused(bit in 0..128_u32) {
            let token = tokens(1).token(SessionHandle(0x1234_5678_9abc), 77).expect("a key");
            let changed = Uuid::from_u128(Uuid::parse_str(token.expose()).expect("a UUID").as_u128() ^ (1 << bit));
            prop_assert_eq!(tokens(1).read(&changed.to_string()), None);
        }
    }

    #[test]
    fn token_is_deterministic_and_differs_by_generation() {
        let handle = SessionHandle(42);
        assert_eq!(tokens(1).token(handle, 3), tokens(1).token(handle, 3));
        assert_ne!(tokens(1).token(handle, 3), tokens(1).token(handle, 4));
    }

    /// Tokens and rows of earlier releases stay valid.
    #[test]
    fn token_and_stored_hash_keep_their_form() {
        let handle = SessionHandle(0x1234_5678_9abc);
        assert_eq!(hex::encode(handle.hash()), "0b579444859722febe6ef8a91e4e5a8a8217a760d85a27836c0be0b7b75402f8");
        assert_eq!(
            tokens(1).token(handle, 77).as_ref().map(Secret::expose),
            Some("12345678-9abc-4bdf-a611-3b73d3645a12")
        );
    }

    #[test]
    fn old_key_still_reads_its_tokens() {
        let old = tokens(1).token(SessionHandle(42), 3).expect("a key");
        let both = RefreshTokens::new(&[MasterKey::new("new", [2; 32]), MasterKey::new("old", [1; 32])]);
        assert_eq!(both.read(old.expose()), Some((SessionHandle(42), 3)));
        assert_ne!(both.token(SessionHandle(42), 3), Some(old));
        assert_eq!(both.read("not a token"), None);
    }
}
