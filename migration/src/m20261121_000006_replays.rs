//! Answers of the vault that can be had again for a short while.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, string, uuid};

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum IdempotentResponses {
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
            .table(IdempotentResponses::Table)
            .if_not_exists()
            .col(uuid(IdempotentResponses::SessionId))
            .col(string(IdempotentResponses::Provider))
            .col(string(IdempotentResponses::Key))
            .col(binary(IdempotentResponses::Sealed))
            .col(big_integer(IdempotentResponses::ExpiresAt))
            .primary_key(
                Index::create()
                    .col(IdempotentResponses::SessionId)
                    .col(IdempotentResponses::Provider)
                    .col(IdempotentResponses::Key),
            )
            .to_owned();
        let expiry = Index::create()
            .name("idempotent_responses_expiry")
            .table(IdempotentResponses::Table)
            .col(IdempotentResponses::ExpiresAt)
            .if_not_exists()
            .to_owned();
        manager.create_table(replays).await?;
        manager.create_index(expiry).await
    }
}
