//! The section `audit`: the audit trail.

use std::time::Duration;

use super::reader::Section;
use super::reader::duration::TEN_YEARS;

/// How long audit events are kept.
#[derive(Clone, Debug)]
pub struct Audit {
    /// `audit.retention`
    pub retention: Duration,
}

pub(super) fn read(mut section: Section<'_>) -> Audit {
    let retention = section.duration("retention", Duration::from_secs(1)..=TEN_YEARS);
    Audit { retention: retention.unwrap_or(Duration::from_secs(90 * 86_400)) }
}
