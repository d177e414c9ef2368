//! Tickets: people whom a provider vouched for and who have not come in yet.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary};

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum Tickets {
    Table,
    HandleHash,
    Sealed,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(Tickets::Table)
            .if_not_exists()
            .col(binary(Tickets::HandleHash).primary_key())
            .col(binary(Tickets::Sealed))
            .col(big_integer(Tickets::ExpiresAt))
            .to_owned();
        manager.create_table(table).await?;
        let index = Index::create()
            .name("tickets_expiry")
            .table(Tickets::Table)
            .if_not_exists()
            .col(Tickets::ExpiresAt)
            .to_owned();
        manager.create_index(index).await
    }
}
