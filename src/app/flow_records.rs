//! Records of sign-ins at the command line, for `vouchsafe flow`.

use super::builder::database_options;
use crate::domain::id::FlowTag;
use crate::flow::record::archive::FlowArchive;
use crate::flow::record::report::FlowReport;
use crate::settings::Settings;
use crate::store::{Database, StoreError};

/// The record of a flow in the database of these settings. `None` if there is none, or no database of ours; nothing is
/// created or migrated.
///
/// # Errors
/// [`StoreError`] if it cannot be reached or is not up to date.
pub(crate) async fn find(settings: &Settings, flow: FlowTag) -> Result<Option<FlowReport>, StoreError> {
    let Some(database) = Database::open_existing(&database_options(&settings.database)).await? else { return Ok(None) };
    FlowReport::find(Vec::new(), Some(&FlowArchive(database.store(1))), flow).await
}
