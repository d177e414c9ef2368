//! Randomness as a parameter: the only module that asks the system for random bytes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// A source of unpredictable bytes.
pub trait RandomSource: Send + Sync + fmt::Debug {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn RandomSource + '_ {
    /// `N` unpredictable bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `N` unpredictable bytes as base64url text without padding.
    #[must_use]
    pub fn text<const N: usize>(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<N>())
    }

    /// A random UUID (version 4).
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }
}

/// The random source of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl RandomSource for OsRandom {
    #[allow(clippy::disallowed_methods, clippy::expect_used, reason = "the only call to the system's random source")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without random bytes no answer would be safe, and there is no fallback.
        aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_texts_are_all_different() {
        let random: &dyn RandomSource = &OsRandom;
        let texts: std::collections::HashSet<String> = (0..10_000).map(|_| random.text::<16>()).collect();
        assert_eq!(texts.len(), 10_000);
        assert!(texts.iter().all(|text| text.len() == 22));
    }
}
