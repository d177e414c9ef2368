//! The section `vault`: provider tokens that wait to be fetched.

use std::time::Duration;

use super::reader::Section;
use super::reader::duration::TEN_YEARS;

/// How long provider tokens are kept.
#[derive(Clone, Debug)]
pub struct Vault {
    /// `vault.ttl`: from the callback to the last moment of fetching.
    pub ttl: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Vault {
    let ttl = section.duration("ttl", Duration::from_secs(1)..=TEN_YEARS);
    Vault { ttl: ttl.unwrap_or(Duration::from_secs(3_600)) }
}
