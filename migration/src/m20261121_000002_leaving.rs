//! What is left to do when somebody leaves a provider, and what a provider says only once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, string, text, uuid};

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum Revocations {
    Table,
    Id,
    UserId,
    Provider,
    Sealed,
    Attempts,
    NextAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum PendingNames {
    Table,
    Provider,
    Subject,
    Name,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // No foreign key: the tokens are given back although their person is gone.
        let revocations = Table::create()
            .table(Revocations::Table)
            .if_not_exists()
            .col(uuid(Revocations::Id).primary_key())
            .col(uuid(Revocations::UserId))
            .col(string(Revocations::Provider))
            .col(binary(Revocations::Sealed))
            .col(integer(Revocations::Attempts))
            .col(big_integer(Revocations::NextAt))
            .col(big_integer(Revocations::ExpiresAt))
            .to_owned();
        let pending_names = Table::create()
            .table(PendingNames::Table)
            .if_not_exists()
            .col(string(PendingNames::Provider))
            .col(text(PendingNames::Subject))
            .col(text(PendingNames::Name))
            .col(big_integer(PendingNames::ExpiresAt))
            .primary_key(Index::create().col(PendingNames::Provider).col(PendingNames::Subject))
            .to_owned();
        let next = Index::create()
            .name("revocations_next")
            .table(Revocations::Table)
            .col(Revocations::NextAt)
            .if_not_exists()
            .to_owned();
        manager.create_table(revocations).await?;
        manager.create_table(pending_names).await?;
        manager.create_index(next).await
    }
}
