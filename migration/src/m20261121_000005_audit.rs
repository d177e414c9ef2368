//! The audit trail. The database itself refuses to change a line of it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, pk_auto, string, string_null, text, uuid_null};
use sea_orm_migration::sea_orm::DatabaseBackend;

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum AuditEvents {
    Table,
    Id,
    OccurredAt,
    Action,
    Outcome,
    UserId,
    SessionId,
    Provider,
    ClientIp,
    FlowId,
}

const SQLITE: &[&str] = &["CREATE TRIGGER IF NOT EXISTS audit_events_stay BEFORE UPDATE ON audit_events \
     BEGIN SELECT RAISE(ABORT, 'the audit trail does not change'); END"];

const POSTGRES: &[&str] = &[
    "CREATE OR REPLACE FUNCTION audit_events_stay() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'the audit trail does not change'; END $$",
    "CREATE OR REPLACE TRIGGER audit_events_stay BEFORE UPDATE ON audit_events \
     FOR EACH ROW EXECUTE FUNCTION audit_events_stay()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let events = Table::create()
            .table(AuditEvents::Table)
            .if_not_exists()
            .col(pk_auto(AuditEvents::Id).big_integer())
            .col(big_integer(AuditEvents::OccurredAt))
            .col(string(AuditEvents::Action))
            .col(text(AuditEvents::Outcome))
            .col(uuid_null(AuditEvents::UserId))
            .col(uuid_null(AuditEvents::SessionId))
            .col(string_null(AuditEvents::Provider))
            .col(string_null(AuditEvents::ClientIp))
            .col(string_null(AuditEvents::FlowId))
            .to_owned();
        manager.create_table(events).await?;
        for (name, column) in [("audit_events_at", AuditEvents::OccurredAt), ("audit_events_user", AuditEvents::UserId)]
        {
            let index = Index::create().name(name).table(AuditEvents::Table).col(column).if_not_exists().to_owned();
            manager.create_index(index).await?;
        }
        let statements = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => SQLITE,
            _ => POSTGRES,
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
