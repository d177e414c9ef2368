//! Brings Nhost's database and ours together for `vouchsafe import`; who may come is for [`crate::user`] to say.

use super::{BuildError, Vouchsafe};
use crate::domain::id::UserId;
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::store::nhost::NhostDatabase;
use crate::store::{Database, Store, StoreError};
use crate::user::import::Import;
pub use crate::user::import::{SkipReason, Summary};

/// What to import, and how.
#[derive(Debug)]
pub struct ImportPlan {
    /// The address of Nhost's database.
    pub source: Secret,
    /// People in one transaction.
    pub batch: u32,
    /// Whether nothing is written.
    pub is_dry_run: bool,
}

/// Why an import did not end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Nhost's database, before the first person.
    #[error("Nhost's database: {0}")]
    Source(StoreError),
    /// Our own database, before the first person.
    #[error(transparent)]
    Target(#[from] BuildError),
    /// One of them on the way; what was done until then stays done.
    #[error("it stopped on the way ({0}); run it again to go on")]
    Interrupted(StoreError, Summary),
}

/// Takes people over from Nhost, and tells who is left out and why.
///
/// # Errors
/// [`ImportError`]
pub async fn import_nhost(
    settings: Settings,
    plan: &ImportPlan,
    on_skipped: impl FnMut(UserId, &SkipReason),
) -> Result<Summary, ImportError> {
    let mut source = NhostDatabase::open(&plan.source).await.map_err(ImportError::Source)?;
    let mut import = if plan.is_dry_run {
        Import::dry(open_target(&settings).await.map_err(BuildError::from)?, plan.batch)
    } else {
        Import::new(Vouchsafe::build(settings).await?.0.database.store(1), plan.batch)
    };
    match import.run(&mut source, on_skipped).await {
        Ok(()) => Ok(import.summary),
        Err(error) => Err(ImportError::Interrupted(error, import.summary)),
    }
}

/// Our rows as they are, without so much as making a table for them: where there are none, nobody's.
async fn open_target(settings: &Settings) -> Result<Store, StoreError> {
    let database = match Database::open_existing(&settings.database.url).await? {
        Some(database) => database,
        None => Database::open(&Secret::new("sqlite::memory:"), 1, false).await?,
    };
    Ok(database.store(1))
}
