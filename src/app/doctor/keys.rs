//! The keys: whether they can be used, whether they are random, and whether each has one use.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::catalogue::Check;
use super::finding::Finding;
use crate::domain::seal::MasterKey;
use crate::session::keys::SigningKeys;
use crate::settings::{JwtAlgorithm, JwtKey, Keys, Settings};

/// Fewer different characters or bytes than any random key has: of 32 hexadecimal digits that is one in a billion.
const MIN_DISTINCT: usize = 8;

pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let Keys { jwt, vault } = &settings.keys;
    let mut found = Vec::new();
    for (position, key) in jwt.iter().enumerate() {
        let subject = format!("keys.jwt[{position}]");
        found.extend(jwt_key(key, &subject));
        if jwt[..position].iter().any(|earlier| earlier.key == key.key) {
            found.push(Finding::new(Check::KeysEqual, &subject, "it is an earlier key of keys.jwt, too"));
        }
    }
    let shared = jwt.iter().filter(|key| is_shared(key.algorithm)).filter_map(as_master_key).collect::<Vec<_>>();
    for (position, key) in vault.iter().enumerate() {
        let subject = format!("keys.vault[{position}]");
        if key.distinct_bytes() < MIN_DISTINCT {
            let message = format!("its 32 bytes have only {} different values", key.distinct_bytes());
            found.push(Finding::new(Check::KeyGuessable, &subject, message));
        }
        if let Some(earlier) = vault[..position].iter().find(|earlier| earlier.is_same(key)) {
            let message = format!("it is the key of the id `{}`, too", earlier.id());
            found.push(Finding::new(Check::KeysEqual, &subject, message));
        }
        if shared.iter().any(|shared| shared.is_same(key)) {
            found.push(Finding::new(Check::KeysEqual, &subject, "it is a key of keys.jwt, too"));
        }
    }
    if found.is_empty() {
        let message = match (jwt.len(), vault.len()) {
            (0, _) | (_, 0) => "they are generated at the first start".to_owned(),
            (jwt, vault) => format!("{jwt} for access tokens, {vault} for the vault"),
        };
        found.push(Finding::new(Check::KeysUsable, "keys", message));
    }
    found
}

fn is_shared(algorithm: JwtAlgorithm) -> bool {
    matches!(algorithm, JwtAlgorithm::HS256 | JwtAlgorithm::HS384 | JwtAlgorithm::HS512)
}

fn jwt_key(key: &JwtKey, subject: &str) -> Option<Finding> {
    if SigningKeys::new(std::slice::from_ref(key)).is_err() {
        let message = format!("it is not a usable private key for {:?} in PEM (PKCS#8)", key.algorithm);
        return Some(Finding::new(Check::JwtKeyUnusable, subject, message));
    }
    let length = key.key.expose().len();
    let least = match key.algorithm {
        JwtAlgorithm::HS256 => 32,
        JwtAlgorithm::HS384 => 48,
        JwtAlgorithm::HS512 => 64,
        JwtAlgorithm::RS256 | JwtAlgorithm::ES256 | JwtAlgorithm::EdDSA => return None,
    };
    let distinct = key.key.expose().chars().collect::<BTreeSet<_>>().len();
    if distinct < MIN_DISTINCT {
        let message = format!("its text has only {distinct} different characters");
        return Some(Finding::new(Check::KeyGuessable, subject, message));
    }
    let message = format!("{length} bytes, and {:?} takes at least {least}", key.algorithm);
    (length < least).then(|| Finding::new(Check::JwtKeyShort, subject, message))
}

/// The 32 bytes that a shared secret would be as a key of the vault: in hexadecimal, in base64, or as they are.
fn as_master_key(key: &JwtKey) -> Option<MasterKey> {
    let text = key.key.expose().trim();
    let bytes = hex::decode(text)
        .ok()
        .or_else(|| STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok())
        .filter(|bytes| bytes.len() == 32)
        .unwrap_or_else(|| text.as_bytes().to_vec());
    Some(MasterKey::new("", bytes.try_into().ok()?))
}
