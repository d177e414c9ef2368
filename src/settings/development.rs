//! The section `development`: only used in development mode.

use std::path::PathBuf;

use super::reader::Section;

/// Development mode.
#[derive(Clone, Debug)]
pub struct Development {
    /// `development.directory`: the folder of generated keys and the database.
    pub directory: PathBuf,
    /// `development.simulator`: whether providers that are not configured are simulated.
    pub simulator: bool,
}

pub(super) fn read(mut section: Section<'_>) -> Development {
    let directory = section.path("directory").unwrap_or_else(|| section.base().join(".vouchsafe"));
    Development { directory, simulator: section.boolean("simulator").unwrap_or(true) }
}
