//! Answers of the vault that can be had again for a short while.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, string, uuid};

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum VaultReplays {
    Table,
    SessionId,
    Provider,
    Key,
    Sealed,
    ExpiresAt,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let replays = Table::create()
            .table(VaultReplays::Table)
            .if_not_exists()
            .col(uuid(VaultReplays::SessionId))
            .col(string(VaultReplays::Provider))
            .col(string(VaultReplays::Key))
            .col(binary(VaultReplays::Sealed))
            .col(big_integer(VaultReplays::ExpiresAt))
            .primary_key(
                Index::create().col(VaultReplays::SessionId).col(VaultReplays::Provider).col(VaultReplays::Key),
            )
            .to_owned();
        let expiry = Index::create()
            .name("vault_replays_expiry")
            .table(VaultReplays::Table)
            .col(VaultReplays::ExpiresAt)
            .if_not_exists()
            .to_owned();
        manager.create_table(replays).await?;
        manager.create_index(expiry).await
    }
}
