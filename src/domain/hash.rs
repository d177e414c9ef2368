//! The form in which whatever is used once is kept.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 of `text`.
#[must_use]
pub fn hash(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}
