//! The nonce of a sign-in, as the provider sees and repeats it.

use aws_lc_rs::digest::{SHA256, digest};

use super::model::{NonceStyle, Provider};
use crate::domain::secret::Secret;

impl Provider {
    /// Whether a flow needs a nonce.
    #[must_use]
    pub fn uses_nonce(&self) -> bool {
        self.nonce != NonceStyle::None
    }

    /// The nonce that is sent to the provider, and expected in its id_token.
    #[must_use]
    pub fn sent_nonce(&self, nonce: &Secret) -> Option<Secret> {
        match self.nonce {
            NonceStyle::None => None,
            NonceStyle::Plain => Some(nonce.clone()),
            NonceStyle::Sha256Hex => Some(sha256_hex(nonce)),
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256_hex(nonce: &Secret) -> Secret {
    Secret::new(hex::encode(digest(&SHA256, nonce.expose().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{provider, settings_for};
    use super::*;

    #[test]
    fn nonce_is_sent_as_the_definition_says() {
        let nonce = Secret::new("raw-nonce-0001");
        let hashed = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";
        assert_eq!(sha256_hex(&nonce).expose(), hashed);
        for (name, sent) in [("google", Some(hashed)), ("entraid", Some("raw-nonce-0001")), ("linkedin", None)] {
            let provider = provider(name, &settings_for(name)).expect("a provider");
            assert_eq!(provider.sent_nonce(&nonce).as_ref().map(Secret::expose), sent, "{name}");
            assert_eq!(provider.uses_nonce(), sent.is_some(), "{name}");
        }
    }
}
