//! Copies a SQLite database while others read and write it.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _};

use super::sqlite::{File, create_new_private, unavailable};
use crate::store::StoreError;

impl File {
    /// Writes what is committed now into the new file `target`, compacted, and flushes it to the disk. On failure there
    /// is no such file.
    pub(super) async fn back_up(&self, target: &Path) -> Result<(), StoreError> {
        if !self.exists() {
            return Err(self.explain(StoreError::Unavailable("there is no such file".to_owned())));
        }
        let name = target.to_str().ok_or_else(|| unavailable(target, &"the name is not UTF-8"))?;
        // It holds what the database holds, so it has the same mode; and it replaces nothing.
        let copy = create_new_private(target).map_err(|error| unavailable(target, &error))?;
        let copied = self.copy_into(name).await.map_err(|error| self.explain(error));
        let flushed = copied.and_then(|()| copy.sync_all().map_err(|error| unavailable(target, &error)));
        if flushed.is_err() {
            std::fs::remove_file(target).map_err(|error| unavailable(target, &error))?;
        }
        flushed
    }

    /// One read transaction, which keeps nobody from writing.
    async fn copy_into(&self, name: &str) -> Result<(), StoreError> {
        let outage = |error: sqlx::Error| StoreError::Unavailable(error.to_string());
        let mut connection = self.read_only_options().connect().await.map_err(outage)?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await.map_err(outage)?;
        connection.close().await.map_err(outage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;
    use crate::store::testing::open_sqlite;

    #[actix_rt::test]
    async fn back_up_replaces_nothing_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let _store = open_sqlite(folder.path(), false).await;
        let source = std::fs::read_dir(folder.path()).expect("a folder").flatten();
        let source = source.map(|entry| entry.path()).find(|path| path.extension().is_some_and(|end| end == "db"));
        let file = |path: &Path| File::parse(&Secret::new(format!("sqlite://{}", path.display()))).expect("a URL");
        let (good, target) = (file(&source.expect("a database")), folder.path().join("copy"));
        good.back_up(&target).await.expect("copied");
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&target).expect("a file").permissions();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
        }
        let before = std::fs::read(&target).expect("a file");
        let error = good.back_up(&target).await.expect_err("it exists").to_string();
        assert!(error.contains("copy: File exists"), "{error}");
        assert!(std::fs::read(&target).expect("a file") == before, "the first copy was changed");

        let (broken, other) = (folder.path().join("broken.db"), folder.path().join("other"));
        std::fs::write(&broken, "no database, but long enough to be taken for one".repeat(20)).expect("written");
        for bad in [&broken, &folder.path().join("missing.db")] {
            let error = file(bad).back_up(&other).await.expect_err("not a database").to_string();
            assert!(error.contains(&bad.display().to_string()), "{error}");
            assert!(!other.exists(), "{error}");
        }
    }
}
