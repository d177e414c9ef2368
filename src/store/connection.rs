//! Connections that know the full names of our tables and, in debug builds, hold a transaction to the lock order.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseConnectionType, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};

use super::StoreError;
use super::table_names::TableNames;
use crate::domain::boxed::boxed;
use crate::domain::clock::Stopwatch;
use crate::metrics::{DatabaseMetrics, Failure, Operation};

/// A connection of SeaORM, or a transaction.
#[derive(Clone, Debug)]
pub struct Connection<C> {
    pub(super) inner: C,
    pub(super) names: TableNames,
    pub(super) metrics: Arc<DatabaseMetrics>,
    #[cfg(debug_assertions)]
    order: Option<Arc<std::sync::atomic::AtomicU32>>,
}

impl<C> Connection<C> {
    /// Statements that are committed one by one.
    pub(super) fn new(inner: C, names: TableNames, metrics: Arc<DatabaseMetrics>) -> Self {
        Self {
            inner,
            names,
            metrics,
            #[cfg(debug_assertions)]
            order: None,
        }
    }

    /// The statements of a transaction that began on this connection.
    pub(super) fn in_transaction<T>(&self, inner: T) -> Connection<T> {
        Connection {
            inner,
            names: self.names.clone(),
            metrics: Arc::clone(&self.metrics),
            #[cfg(debug_assertions)]
            order: Some(Arc::default()),
        }
    }

    fn prepare(&self, sql: &str) -> String {
        #[cfg(debug_assertions)]
        self.check_lock_order(sql);
        self.names.qualify(sql)
    }

    /// Two transactions that lock rows of the same tables in the same order cannot wait for each other.
    #[cfg(debug_assertions)]
    pub(super) fn check_lock_order(&self, sql: &str) {
        use std::sync::atomic::Ordering::Relaxed;

        use super::table_names::{TABLES, locked_table};
        let (Some(locked), Some(table)) = (&self.order, locked_table(sql)) else { return };
        let before = locked.fetch_or(1 << table, Relaxed);
        let is_first = before & (1 << table) == 0;
        if let Some(last) = before.checked_ilog2().filter(|last| is_first && *last as usize > table) {
            let (last, table) = (TABLES[last as usize], TABLES[table]);
            panic!("rows of `{table}` are locked after rows of `{last}`: see the lock order in store/mod.rs");
        }
    }
}

/// Measures a call to the database. That costs two readings of the clock and a histogram.
pub(super) async fn measured<T>(
    metrics: &DatabaseMetrics,
    operation: Operation,
    call: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let stopwatch = Stopwatch::start();
    let result = call.await;
    metrics.record(operation, stopwatch.elapsed());
    if let Err(error) = &result {
        metrics.failures.count(match StoreError::from(error) {
            StoreError::Conflict | StoreError::MissingParent | StoreError::Collision(_) => Failure::Collision,
            StoreError::Unavailable(_) => Failure::Unavailable,
            StoreError::Internal(_) => Failure::Internal,
        });
    }
    result
}

/// A pool or transaction of SeaORM, which carries out a statement: a pool by a method of its driver.
pub(super) trait Direct: ConnectionTrait {
    fn execute_directly(&self, statement: Statement) -> impl Future<Output = Result<ExecResult, DbErr>> + Send {
        self.execute_raw(statement)
    }

    fn query_one_directly(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Option<QueryResult>, DbErr>> + Send {
        self.query_one_raw(statement)
    }

    fn query_all_directly(&self, statement: Statement) -> impl Future<Output = Result<Vec<QueryResult>, DbErr>> + Send {
        self.query_all_raw(statement)
    }
}

impl Direct for DatabaseTransaction {}

/// Calls a method of the driver. SeaORM's own method has a future with several times the size of the driver's, 14 kB for
/// each statement.
macro_rules! call_driver {
    ($connection:ident.$method:ident($statement:ident), or $other:ident) => {
        match &$connection.inner {
            #[cfg(feature = "postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(pool) => boxed(|| pool.$method($statement)).await,
            #[cfg(feature = "sqlite")]
            DatabaseConnectionType::SqlxSqlitePoolConnection(pool) => boxed(|| pool.$method($statement)).await,
            _ => $connection.$other($statement).await,
        }
    };
}

impl Direct for DatabaseConnection {
    async fn execute_directly(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        call_driver!(self.execute(statement), or execute_raw)
    }

    async fn query_one_directly(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        call_driver!(self.query_one(statement), or query_one_raw)
    }

    async fn query_all_directly(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        call_driver!(self.query_all(statement), or query_all_raw)
    }
}

#[async_trait]
impl<C: Direct> ConnectionTrait for Connection<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let sql = self.prepare(&statement.sql);
        measured(&self.metrics, Operation::Statement, self.inner.execute_directly(Statement { sql, ..statement })).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        measured(&self.metrics, Operation::Statement, self.inner.execute_unprepared(&self.prepare(sql))).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let sql = self.prepare(&statement.sql);
        measured(&self.metrics, Operation::Statement, self.inner.query_one_directly(Statement { sql, ..statement }))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let sql = self.prepare(&statement.sql);
        measured(&self.metrics, Operation::Statement, self.inner.query_all_directly(Statement { sql, ..statement }))
            .await
    }
}
