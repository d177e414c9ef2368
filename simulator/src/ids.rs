//! User ids in the format of each provider, derived from a hash, so that they are stable.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The hash that a persona's ids at one provider are derived from.
pub(super) struct Seed([u8; 32]);

impl Seed {
    pub(super) fn new(kind: &str, persona: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, format!("{kind}:{persona}").as_bytes()).as_ref());
        Self(bytes)
    }

    /// A number of `digits` decimal digits, at most 18.
    pub(super) fn number(&self, digits: u32) -> u64 {
        let lowest = 10_u64.pow(digits.clamp(1, 18) - 1);
        let value = self.0.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte));
        lowest + value % (9 * lowest)
    }

    /// `digits` lower-case hexadecimal digits, at most 64.
    pub(super) fn hex(&self, digits: usize) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..digits].to_owned()
    }

    /// `length` characters of the alphabet, at most 32.
    pub(super) fn letters(&self, length: usize, alphabet: &[u8; 32]) -> String {
        self.0.iter().take(length).map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect()
    }

    /// A UUID of version 4.
    pub(super) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// 43 characters of base64url, as Microsoft's pairwise subjects.
    pub(super) fn pairwise(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// Crockford's base 32, as in a ULID.
pub(super) const ULID: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Lower-case base 32.
pub(super) const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
