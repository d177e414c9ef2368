//! The id of a person in the form that each provider gives its ids. GeneratedKey of a hash, so that they are the same every
//! time and nobody's looks like a neighbour's.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What the ids of one person at one provider are made of.
pub(super) struct Seed([u8; 32]);

impl Seed {
    pub(super) fn new(kind: &str, person: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, format!("{kind}:{person}").as_bytes()).as_ref());
        Self(bytes)
    }

    /// A number with so many decimal digits, at most 18.
    pub(super) fn number(&self, digits: u32) -> u64 {
        let least = 10_u64.pow(digits.clamp(1, 18) - 1);
        let chance = self.0.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte));
        least + chance % (9 * least)
    }

    /// So many lower-case hexadecimal digits, at most 64.
    pub(super) fn hex(&self, digits: usize) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>()[..digits].to_owned()
    }

    /// So many letters and digits, at most 32.
    pub(super) fn letters(&self, length: usize, alphabet: &[u8; 32]) -> String {
        self.0.iter().take(length).map(|byte| char::from(alphabet[usize::from(byte % 32)])).collect()
    }

    /// A UUID of version 4.
    pub(super) fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// 43 letters of base64url, as Microsoft writes its pairwise subjects.
    pub(super) fn pairwise(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// The digits and letters of Crockford's base 32, as in a ULID.
pub(super) const ULID: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Small letters and some digits.
pub(super) const SMALL: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
