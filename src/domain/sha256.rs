//! SHA-256, the form in which single-use values are stored.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 of `text`.
#[must_use]
pub fn sha256(text: &str) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    sha256
}
