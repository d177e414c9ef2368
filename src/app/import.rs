//! Imports users from the database of another service, for `vouchsafe import`. The rules are in [`crate::user::import`].

use super::builder::database_options;
use super::{BuildError, Vouchsafe};
use crate::domain::clock::{Clock, SystemClock};
use crate::domain::secret::Secret;
use crate::settings::Settings;
pub use crate::store::import::Service;
use crate::store::import::SourceDatabase;
use crate::store::{Database, DatabaseOptions, Store, StoreError};
use crate::user::import::{Defaults, Import};
pub use crate::user::import::{ImportOptions, SkipReason, Summary};

/// Options of an import.
#[derive(Debug)]
pub struct ImportPlan {
    /// The URL of the service's database.
    pub source: Secret,
    /// How to import.
    pub options: ImportOptions,
}

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The service's database could not be opened.
    #[error("{0}'s database: {1}")]
    Source(&'static str, StoreError),
    /// Our database could not be opened.
    #[error(transparent)]
    Target(#[from] BuildError),
    /// Failed part-way; completed batches are kept.
    #[error("import interrupted ({0}); run it again to continue")]
    Interrupted(StoreError, Summary),
}

/// Imports users; `on_skipped` is called for each that is not imported.
///
/// # Errors
/// [`ImportError`]
pub async fn import_users(
    settings: Settings,
    plan: &ImportPlan,
    on_skipped: impl FnMut(&str, &SkipReason),
) -> Result<Summary, ImportError> {
    let service = plan.options.service;
    let source = SourceDatabase::open(service, &plan.source).await;
    let mut source = source.map_err(|error| ImportError::Source(service.name(), error))?;
    let defaults = Defaults { sign_up: settings.sign_up.clone(), now: SystemClock.now() };
    let target = if plan.options.is_dry_run {
        open_target(&settings).await.map_err(BuildError::from)?
    } else {
        Vouchsafe::build(settings).await?.0.database.store(1)
    };
    let mut import = Import::new(target, plan.options.clone(), defaults);
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
