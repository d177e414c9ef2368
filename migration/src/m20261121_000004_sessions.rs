//! What sessions know of the sign-in that began them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::json_null;

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Claims,
}

#[derive(DeriveIden)]
enum OneTimeCodes {
    Table,
    Claims,
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sessions = Table::alter().table(Sessions::Table).add_column(json_null(Sessions::Claims)).to_owned();
        let codes = Table::alter().table(OneTimeCodes::Table).add_column(json_null(OneTimeCodes::Claims)).to_owned();
        manager.alter_table(sessions).await?;
        manager.alter_table(codes).await
    }
}
