//! Authenticated encryption at rest and in cookies: AES-256-GCM with named keys.
//!
//! A sealed value starts with its version and the id of its key, so that keys can be rotated. Its purpose and owner are
//! associated data: a sealed value that is moved to another row, user or purpose does not open.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

use super::random::RandomSource;

const VERSION: u8 = 1;

/// A master key of 32 bytes with an id. Each purpose derives a key of its own from it.
#[derive(Clone)]
pub struct MasterKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).field("bytes", &"***").finish()
    }
}

impl MasterKey {
    /// A key from its id (at most 255 bytes) and its bytes.
    #[must_use]
    pub fn new(id: impl Into<String>, bytes: [u8; 32]) -> Self {
        Self { id: id.into(), bytes: Zeroizing::new(bytes) }
    }

    /// Its id.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How many different bytes it has: few if it is not random.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn distinct_bytes(&self) -> usize {
        self.bytes.iter().collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Whether both have the same bytes.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.bytes.as_slice(), other.bytes.as_slice()).is_ok()
    }

    /// The key for one purpose (HKDF with SHA-256, RFC 5869).
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut derived = Zeroizing::new([0; 32]);
        let info = [purpose.as_bytes()];
        let filled = Salt::new(HKDF_SHA256, b"vouchsafe")
            .extract(self.bytes.as_slice())
            .expand(&info, Length)
            .and_then(|okm| okm.fill(derived.as_mut_slice()));
        debug_assert!(filled.is_ok(), "32 bytes are within HKDF's bounds");
        derived
    }
}

/// Why a value could not be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is not a sealed value, was changed, or has another purpose or owner.
    #[error("the sealed value does not open")]
    Broken,
    /// It was sealed with a key that is not configured here.
    #[error("the sealed value names a key that is not configured")]
    UnknownKey,
    /// There is no key, or the cipher failed.
    #[error("the value could not be sealed")]
    NotSealed,
}

/// Seals with the first key and opens with all keys, for one purpose.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<[(String, LessSafeKey)]>,
    purpose: &'static str,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Sealer {
    /// A sealer for `purpose`, its keys derived from `masters`.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(masters: &[MasterKey], purpose: &'static str) -> Result<Self, SealError> {
        let keys = masters
            .iter()
            .map(|master| {
                let key = UnboundKey::new(&AES_256_GCM, master.derive(purpose).as_slice());
                key.map(|key| (master.id.clone(), LessSafeKey::new(key))).map_err(|_| SealError::NotSealed)
            })
            .collect::<Result<Arc<[_]>, _>>()?;
        if keys.is_empty() { Err(SealError::NotSealed) } else { Ok(Self { keys, purpose }) }
    }

    /// The ids of the keys, the one that seals first.
    #[cfg(feature = "pages")]
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(id, _)| id.as_str())
    }

    /// Seals `plaintext` for `owner`: `version ‖ length of key id ‖ key id ‖ nonce ‖ ciphertext ‖ tag`.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if the cipher fails.
    pub fn seal(&self, plaintext: &[u8], owner: &[&str], random: &dyn RandomSource) -> Result<Vec<u8>, SealError> {
        let (id, key) = self.keys.first().ok_or(SealError::NotSealed)?;
        let id_length = u8::try_from(id.len()).map_err(|_| SealError::NotSealed)?;
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = Vec::with_capacity(2 + id.len() + NONCE_LEN + plaintext.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&[VERSION, id_length]);
        sealed.extend_from_slice(id.as_bytes());
        sealed.extend_from_slice(&nonce);
        let body = sealed.len();
        sealed.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let Ok(tag) = key.seal_in_place_separate_tag(nonce, self.aad(owner), &mut sealed[body..]) else {
            sealed.zeroize();
            return Err(SealError::NotSealed);
        };
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a value that [`Self::seal`] sealed for the same `owner`.
    ///
    /// # Errors
    /// [`SealError::UnknownKey`] or [`SealError::Broken`].
    pub fn open(&self, sealed: &[u8], owner: &[&str]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (&[version, id_length], rest) = sealed.split_first_chunk::<2>().ok_or(SealError::Broken)?;
        if version != VERSION || rest.len() < usize::from(id_length) + NONCE_LEN {
            return Err(SealError::Broken);
        }
        let (id, rest) = rest.split_at(usize::from(id_length));
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Broken)?;
        let (_, key) = self.keys.iter().find(|(known, _)| known.as_bytes() == id).ok_or(SealError::UnknownKey)?;
        decrypt(key, *nonce, self.aad(owner), body)
    }

    /// Whether the current first key sealed this value, judged by its key id without opening it.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let id = |id_length: &u8| sealed.get(2..2 + usize::from(*id_length));
        let current = self.keys.first().map(|(id, _)| id.as_bytes());
        sealed.first() == Some(&VERSION) && sealed.get(1).and_then(id).is_some_and(|id| Some(id) == current)
    }

    /// [`Self::seal`] as base64url text, for cookies.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_text(&self, plaintext: &[u8], owner: &[&str], random: &dyn RandomSource) -> Result<String, SealError> {
        self.seal(plaintext, owner, random).map(|sealed| URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens a value that [`Self::seal_text`] sealed.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_text(&self, sealed: &str, owner: &[&str]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.open(&URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Broken)?, owner)
    }

    /// Purpose and owner, each prefixed with its length, so that different lists have different bytes.
    fn aad(&self, owner: &[&str]) -> Aad<Vec<u8>> {
        let parts = || std::iter::once(&self.purpose).chain(owner);
        let mut bytes = Vec::with_capacity(1 + parts().map(|part| 8 + part.len()).sum::<usize>());
        bytes.push(VERSION);
        for part in parts() {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Aad::from(bytes)
    }
}

fn decrypt(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: Aad<impl AsRef<[u8]>>,
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut body = Zeroizing::new(body.to_vec());
    let opened = key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut body);
    let length = opened.map_err(|_| SealError::Broken)?.len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod vectors;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::OsRandom;

    fn sealer(ids: &[&str], purpose: &'static str) -> Sealer {
        let masters: Vec<_> = ids.iter().map(|id| MasterKey::new(*id, [id.len() as u8; 32])).collect();
        Sealer::new(&masters, purpose).expect("keys")
    }

    #[cfg(feature = "cli")]
    #[test]
    fn keys_are_compared_by_their_bytes() {
        let (zeros, ones) = (MasterKey::new("a", [0; 32]), MasterKey::new("b", [1; 32]));
        assert!(zeros.is_same(&MasterKey::new("b", [0; 32])) && !zeros.is_same(&ones));
        let mixed = MasterKey::new("c", std::array::from_fn(|index| (index % 3) as u8));
        assert_eq!((ones.id(), ones.distinct_bytes(), mixed.distinct_bytes()), ("b", 1, 3));
    }

    #[test]
    fn a_seal_opens_only_for_its_owner_and_purpose() {
        let vault = sealer(&["k"], "vault");
        let sealed = vault.seal(b"hush", &["ann", "google"], &OsRandom).expect("sealed");
        assert_eq!(vault.open(&sealed, &["ann", "google"]).as_deref().map(Vec::as_slice), Ok(b"hush".as_slice()));
        assert_eq!(vault.open(&sealed, &["ben", "google"]).err(), Some(SealError::Broken));
        assert_eq!(vault.open(&sealed, &["anng", "oogle"]).err(), Some(SealError::Broken));
        assert_eq!(sealer(&["k"], "flow").open(&sealed, &["ann", "google"]).err(), Some(SealError::Broken));
    }

    #[test]
    fn a_changed_or_truncated_value_does_not_open() {
        let vault = sealer(&["k"], "vault");
        let sealed = vault.seal(b"hush", &[], &OsRandom).expect("sealed");
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            assert!(vault.open(&changed, &[]).is_err(), "byte {position}");
            assert!(vault.open(&sealed[..position], &[]).is_err(), "cut at {position}");
        }
    }

    #[test]
    fn value_is_current_if_the_first_key_sealed_it() {
        let both = sealer(&["newer", "old"], "vault");
        let current = both.seal(b"hush", &[], &OsRandom).expect("sealed");
        let old = sealer(&["old"], "vault").seal(b"hush", &[], &OsRandom).expect("sealed");
        assert!(both.is_current(&current) && !both.is_current(&old));
        let mut of_another_version = current.clone();
        of_another_version[0] ^= 1;
        for broken in [&[][..], &current[..1], &current[..4], &of_another_version] {
            assert!(!both.is_current(broken), "{broken:?}");
        }
        #[cfg(feature = "pages")]
        assert_eq!(both.key_ids().collect::<Vec<_>>(), ["newer", "old"]);
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let old = sealer(&["old"], "vault").seal(b"hush", &[], &OsRandom).expect("sealed");
        assert!(sealer(&["newer", "old"], "vault").open(&old, &[]).is_ok());
        assert_eq!(sealer(&["newer"], "vault").open(&old, &[]).err(), Some(SealError::UnknownKey));
    }
}
