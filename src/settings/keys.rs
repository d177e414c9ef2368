//! The section `keys`: keys that sign access tokens and keys that seal provider tokens.
//!
//! A key that is too short, of the wrong kind or readable by others is refused.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::Mode;
use super::reader::Section;
use super::reader::error::Problem;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;

/// Algorithms by their registered names.
const ALGORITHMS: [(&str, JwtAlgorithm); 6] = [
    ("HS256", JwtAlgorithm::HS256),
    ("HS384", JwtAlgorithm::HS384),
    ("HS512", JwtAlgorithm::HS512),
    ("RS256", JwtAlgorithm::RS256),
    ("ES256", JwtAlgorithm::ES256),
    ("EdDSA", JwtAlgorithm::EdDSA),
];

const HOW_TO_CREATE: &str = "create one with `openssl rand -hex 32`";

/// All keys. A list is empty only in development, where a key is generated.
#[derive(Clone, Debug)]
pub struct Keys {
    /// `keys.jwt`: the first signs, all verify.
    pub jwt: Vec<JwtKey>,
    /// `keys.vault`: the first seals, all open.
    pub vault: Vec<MasterKey>,
}

/// A key for access tokens.
#[derive(Clone, Debug)]
pub struct JwtKey {
    /// The `kid`; if it is not set, a thumbprint of the key is used.
    pub id: Option<String>,
    /// The algorithm.
    pub algorithm: JwtAlgorithm,
    /// The text of the key file: a private key in PEM, or the shared secret of an HMAC algorithm.
    pub key: Secret,
}

/// An algorithm for access tokens (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "these are the registered names")]
pub enum JwtAlgorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    ES256,
    EdDSA,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode) -> Keys {
    Keys { jwt: read_all(&mut section, "jwt", mode, jwt_key), vault: read_all(&mut section, "vault", mode, vault_key) }
}

/// All keys of one kind; `read` returns the id and the key.
fn read_all<K>(
    section: &mut Section<'_>,
    kind: &str,
    mode: Mode,
    read: fn(&mut Section<'_>) -> (Option<String>, Option<K>),
) -> Vec<K> {
    let mut ids = HashSet::new();
    let mut keys = Vec::new();
    let entries = section.sections(kind);
    if entries.is_empty() && mode == Mode::Production {
        let problem = Problem::from("is required in production: generated keys are for development");
        section.error(kind, problem.suggest(format!("write {kind} = [{{ …, key_file = \"{kind}.key\" }}]")));
    }
    for mut entry in entries {
        if !entry.is_secret_set("key") {
            entry.error("key_file", "is required");
        }
        if mode == Mode::Production {
            entry.refuse_file_readable_by_others("key");
        }
        let (id, key) = read(&mut entry);
        if id.is_some_and(|id| !ids.insert(id)) {
            entry.error("id", "is also the id of another key");
        }
        keys.extend(key);
    }
    keys
}

fn jwt_key(entry: &mut Section<'_>) -> (Option<String>, Option<JwtKey>) {
    entry.require(
        "algorithm",
        Problem::from("is required").suggest("write algorithm = \"ES256\" unless you need another"),
    );
    let algorithm = entry.choice("algorithm", &ALGORITHMS);
    let id = entry.text("id");
    let key_name = entry.secret_key("key");
    let key = entry.secret("key");
    let key = algorithm.zip(key).and_then(|(algorithm, key)| match unsuitable(algorithm, &key) {
        Some(problem) => {
            entry.error(&key_name, problem);
            None
        }
        None => Some(JwtKey { id: id.clone(), algorithm, key }),
    });
    (id, key)
}

/// Why `key` cannot be used with `algorithm`, as far as its text shows.
fn unsuitable(algorithm: JwtAlgorithm, key: &Secret) -> Option<Problem> {
    match algorithm {
        JwtAlgorithm::HS256 | JwtAlgorithm::HS384 | JwtAlgorithm::HS512 => {
            (key.expose().len() < 32).then(|| Problem::from("is shorter than 32 bytes").suggest(HOW_TO_CREATE))
        }
        JwtAlgorithm::RS256 | JwtAlgorithm::ES256 | JwtAlgorithm::EdDSA => {
            (!key.expose().contains("PRIVATE KEY")).then(|| "is not a private key in PEM".into())
        }
    }
}

fn vault_key(entry: &mut Section<'_>) -> (Option<String>, Option<MasterKey>) {
    let is_id =
        |id: &str| (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    entry.require("id", Problem::from("is required").suggest("write the date on which it was created"));
    let id = entry.parsed("id", "1 to 32 of A-Z, a-z, 0-9, '.', '_' and '-'", |id| is_id(id).then(|| id.to_owned()));
    let key_name = entry.secret_key("key");
    let bytes = entry.secret("key").and_then(|key| {
        let bytes = key_bytes(key.expose());
        if bytes.is_none() {
            let problem = Problem::from("expected 32 bytes as 64 hexadecimal digits or base64");
            entry.error(&key_name, problem.suggest(HOW_TO_CREATE));
        }
        bytes
    });
    (id.clone(), id.zip(bytes).map(|(id, bytes)| MasterKey::new(id, bytes)))
}

/// 32 bytes from 64 hexadecimal digits, base64 or base64url.
fn key_bytes(text: &str) -> Option<[u8; 32]> {
    let text = text.trim();
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return hex::decode(text).ok()?.try_into().ok();
    }
    let base64 = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD.decode(base64).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vault_key_is_32_bytes_in_hex_or_base64() {
        let bytes: [u8; 32] = std::array::from_fn(|n| 255 - n as u8);
        let hex = hex::encode(bytes);
        let base64 = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
        let base64url = "__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA";
        for text in [hex.as_str(), &hex.to_uppercase(), &format!(" {hex}\n"), base64, base64url] {
            assert_eq!(key_bytes(text), Some(bytes), "{text}");
        }
        for bad in ["", &hex[1..], &base64[4..], &format!("{hex}00"), &"é".repeat(32), "+/79"] {
            assert_eq!(key_bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_must_suit_its_algorithm() {
        let pem = Secret::new("-----BEGIN PRIVATE KEY-----");
        for (algorithm, key, is_suitable) in [
            (JwtAlgorithm::HS512, Secret::new("x".repeat(32)), true),
            (JwtAlgorithm::HS256, Secret::new("x".repeat(31)), false),
            (JwtAlgorithm::ES256, pem.clone(), true),
            (JwtAlgorithm::EdDSA, Secret::new("-----BEGIN PUBLIC KEY-----"), false),
        ] {
            assert_eq!(unsuitable(algorithm, &key).is_none(), is_suitable, "{algorithm:?}");
        }
    }
}
