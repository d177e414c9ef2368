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
    /// `flow.records`: where the records of sign-ins are kept.
    pub records: Records,
    /// `flow.record_ttl`: how long they are kept.
    pub record_ttl: Duration,
}

/// Where the records of sign-ins are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// Nowhere.
    Off,
    /// In the memory of the node that served the sign-in.
    Memory,
    /// In the database as well, for all nodes.
    Database,
}

pub(super) fn read(mut section: Section<'_>) -> Flow {
    let ttl = section.duration("ttl", Duration::from_secs(1)..=Duration::from_secs(3_600));
    let record_ttl = section.duration("record_ttl", Duration::from_secs(60)..=Duration::from_secs(30 * 86_400));
    let records = section
        .choice("records", &[("memory", Records::Memory), ("database", Records::Database), ("off", Records::Off)]);
    Flow {
        records: records.unwrap_or(Records::Memory),
        record_ttl: record_ttl.unwrap_or(Duration::from_secs(86_400)),
        ttl: ttl.unwrap_or(Duration::from_secs(600)),
        max_active: section.number("max_active", 1..=10_000_000).unwrap_or(10_000),
    }
}
