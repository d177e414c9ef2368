//! Randomness as a parameter: the only module that asks the system for random bytes.

use std::cell::RefCell;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;
use zeroize::Zeroize;

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
    fn fill(&self, bytes: &mut [u8]) {
        // A thread that ends has no supply any more.
        if bytes.len() > SUPPLY / 4 || SUPPLY_OF_THREAD.try_with(|supply| supply.borrow_mut().take(bytes)).is_err() {
            fill_from_system(bytes);
        }
    }
}

#[allow(clippy::disallowed_methods, clippy::expect_used, reason = "the only call to the system's random source")]
fn fill_from_system(bytes: &mut [u8]) {
    // Without random bytes no answer would be safe, and there is no fallback.
    aws_lc_rs::rand::fill(bytes).expect("the system gives random bytes");
}

/// The size of a thread's supply in bytes.
const SUPPLY: usize = 256;

thread_local! {
    static SUPPLY_OF_THREAD: RefCell<Supply> = const { RefCell::new(Supply { bytes: [0; SUPPLY], left: 0 }) };
}

/// Random bytes that were drawn ahead: a draw costs the same for few bytes as for many, and a start needs four.
struct Supply {
    bytes: [u8; SUPPLY],
    left: usize,
}

impl Supply {
    /// Moves bytes out of the supply, where no copy of them stays.
    fn take(&mut self, bytes: &mut [u8]) {
        if self.left < bytes.len() {
            fill_from_system(&mut self.bytes);
            self.left = SUPPLY;
        }
        let taken = &mut self.bytes[self.left - bytes.len()..self.left];
        bytes.copy_from_slice(taken);
        taken.zeroize();
        self.left -= bytes.len();
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

    #[test]
    fn supply_hands_out_each_byte_once_and_keeps_no_copy() {
        let mut supply = Supply { bytes: [0; SUPPLY], left: 0 };
        let mut drawn = std::collections::HashSet::new();
        for length in [SUPPLY / 4, 18, 32, 12].into_iter().cycle().take(1_000) {
            let mut bytes = vec![0; length];
            supply.take(&mut bytes);
            assert!(supply.bytes[supply.left..supply.left + length].iter().all(|byte| *byte == 0));
            assert!(drawn.insert(bytes), "no bytes twice");
        }
    }
}
