//! Imports users from an Nhost database, for `vouchsafe import`. The rules are in [`crate::user::import`].

use super::builder::database_options;
use super::{BuildError, Vouchsafe};
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::store::nhost::NhostDatabase;
use crate::store::{Database, DatabaseOptions, Store, StoreError};
use crate::user::import::Import;
pub use crate::user::import::{ImportOptions, SkipReason, Summary};

/// Options of an import.
#[derive(Debug)]
pub struct ImportPlan {
    /// The URL of Nhost's database.
    pub source: Secret,
    /// How to import.
    pub options: ImportOptions,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nhost's database could not be opened.
    #[error("Nhost's database: {0}")]
    Source(StoreError),
    /// Our database could not be opened.
    #[error(transparent)]
    Target(#[from] BuildError),
    /// Failed part-way; completed batches are kept.
    #[error("import interrupted ({0}); run it again to continue")]
    Interrupted(StoreError, Summary),
}

/// Imports users from Nhost; `on_skipped` is called for each user that is not imported.
///
/// # Errors
/// [`ImportError`]
pub async fn import_nhost(
    settings: Settings,
    plan: &ImportPlan,
    on_skipped: impl FnMut(UserId, &SkipReason),
) -> Result<Summary, ImportError> {
    let mut source = NhostDatabase::open(&plan.source).await.map_err(ImportError::Source)?;
    let target = if plan.options.is_dry_run {
        open_target(&settings).await.map_err(BuildError::from)?
    } else {
        Vouchsafe::build(settings).await?.0.database.store(1)
    };
    let mut import = Import::new(target, plan.options);
    match import.run(&mut source, on_skipped).await {
        Ok(()) => Ok(import.summary),
        Err(error) => Err(ImportError::Interrupted(error, import.summary)),
    }
}

/// Our database for a dry run: opened without migrating, or an empty one if it does not exist.
async fn open_target(settings: &Settings) -> Result<Store, StoreError> {
    let options = database_options(&settings.database);
    let database = match Database::open_existing(&options).await? {
        Some(database) => database,
        None => Database::open(&DatabaseOptions { url: &Secret::new("sqlite::memory:"), ..options }).await?,
    };
    Ok(database.store(1))
}
