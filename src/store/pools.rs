//! The sizes of the connection pools, for metrics.

use sea_orm::DbBackend;
use sqlx::Pool;

use super::Store;
use crate::metrics::{DatabaseMetrics, Pool as PoolKind, PoolSize};

impl Store {
    /// Reports the pools of this store at each scrape. PostgreSQL's belong to one worker; SQLite's, and that of an
    /// embedding app, are those of all, and are reported by the first.
    pub fn watch_pools(&self, metrics: &DatabaseMetrics, is_first: bool) {
        match self.backend() {
            #[cfg(feature = "postgres")]
            DbBackend::Postgres if is_first || !self.is_of_app => {
                let pool = self.writer.inner.get_postgres_connection_pool().clone();
                metrics.watch(PoolKind::Shared, move || size(&pool));
            }
            #[cfg(feature = "sqlite")]
            DbBackend::Sqlite if is_first && self.is_of_app => {
                let pool = self.writer.inner.get_sqlite_connection_pool().clone();
                metrics.watch(PoolKind::Shared, move || size(&pool));
            }
            #[cfg(feature = "sqlite")]
            DbBackend::Sqlite if is_first => {
                for (kind, connection) in [(PoolKind::Writer, &self.writer), (PoolKind::Readers, &self.reader)] {
                    let pool = connection.inner.get_sqlite_connection_pool().clone();
                    metrics.watch(kind, move || size(&pool));
                }
            }
            _ => {}
        }
    }
}

fn size<D: sqlx::Database>(pool: &Pool<D>) -> PoolSize {
    PoolSize {
        open: pool.size().into(),
        idle: u64::try_from(pool.num_idle()).unwrap_or(u64::MAX),
        max: pool.options().get_max_connections().into(),
    }
}
