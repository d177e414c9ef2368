//! The section `flow`: a sign-in from its start to the callback.

use std::time::Duration;

use super::reader::Section;

/// Limits of sign-in flows.
#[derive(Clone, Debug)]
pub struct Flow {
    /// `flow.ttl`: from start to callback.
    pub ttl: Duration,
    /// `flow.max_active`: flows in memory; for a new one the longest idle is dropped and lives on in its cookie.
    pub max_active: usize,
}

pub(super) fn read(mut section: Section<'_>) -> Flow {
    let ttl = section.duration("ttl", Duration::from_secs(1)..=Duration::from_secs(3_600));
    Flow {
        ttl: ttl.unwrap_or(Duration::from_secs(600)),
        max_active: section.number("max_active", 1..=10_000_000).unwrap_or(10_000),
    }
}
