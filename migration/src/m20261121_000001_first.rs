//! People, their identities, roles and sessions; the vault; and what is used once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, boolean, json_null, string, string_null, text, text_null, uuid};

/// The step; its name is the file's.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[derive(DeriveIden)]
enum Users {
    Table,
    Id,
    CreatedAt,
    LastSeenAt,
    DisplayName,
    AvatarUrl,
    Locale,
    Email,
    EmailCanonical,
    EmailVerified,
    DefaultRole,
    Metadata,
    Disabled,
}

#[derive(DeriveIden)]
enum Identities {
    Table,
    Id,
    UserId,
    Provider,
    Subject,
    Email,
    EmailVerified,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum UserRoles {
    Table,
    UserId,
    Role,
}

#[derive(DeriveIden)]
enum Sessions {
    Table,
    Id,
    UserId,
    HandleHash,
    Generation,
    CreatedAt,
    RotatedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum VaultEntries {
    Table,
    UserId,
    Provider,
    Sealed,
    CreatedAt,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum UsedFlows {
    Table,
    FlowHash,
    ExpiresAt,
}

#[derive(DeriveIden)]
enum OneTimeCodes {
    Table,
    CodeHash,
    UserId,
    Challenge,
    ExpiresAt,
}

/// A column that names a person and goes when the person goes.
fn belongs_to_user(table: impl IntoIden, column: impl IntoIden) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(Users::Table, Users::Id).on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn index(name: &str, table: impl IntoIden, columns: impl IntoIterator<Item = impl IntoIden>) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table.into_iden()).if_not_exists().to_owned();
    for column in columns {
        index.col(column.into_iden());
    }
    index
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table(Users::Table)
            .if_not_exists()
            .col(uuid(Users::Id).primary_key())
            .col(big_integer(Users::CreatedAt))
            .col(big_integer(Users::LastSeenAt))
            .col(text(Users::DisplayName))
            .col(text(Users::AvatarUrl))
            .col(string(Users::Locale))
            .col(string_null(Users::Email))
            .col(string_null(Users::EmailCanonical))
            .col(boolean(Users::EmailVerified))
            .col(string(Users::DefaultRole))
            .col(json_null(Users::Metadata))
            .col(boolean(Users::Disabled))
            .to_owned(),
        Table::create()
            .table(Identities::Table)
            .if_not_exists()
            .col(uuid(Identities::Id).primary_key())
            .col(uuid(Identities::UserId))
            .col(string(Identities::Provider))
            .col(text(Identities::Subject))
            .col(text_null(Identities::Email))
            .col(boolean(Identities::EmailVerified))
            .col(big_integer(Identities::CreatedAt))
            .col(big_integer(Identities::UpdatedAt))
            .foreign_key(&mut belongs_to_user(Identities::Table, Identities::UserId))
            .to_owned(),
        Table::create()
            .table(UserRoles::Table)
            .if_not_exists()
            .col(uuid(UserRoles::UserId))
            .col(string(UserRoles::Role))
            .primary_key(Index::create().col(UserRoles::UserId).col(UserRoles::Role))
            .foreign_key(&mut belongs_to_user(UserRoles::Table, UserRoles::UserId))
            .to_owned(),
        Table::create()
            .table(Sessions::Table)
            .if_not_exists()
            .col(uuid(Sessions::Id).primary_key())
            .col(uuid(Sessions::UserId))
            .col(binary(Sessions::HandleHash))
            .col(big_integer(Sessions::Generation))
            .col(big_integer(Sessions::CreatedAt))
            .col(big_integer(Sessions::RotatedAt))
            .col(big_integer(Sessions::ExpiresAt))
            .foreign_key(&mut belongs_to_user(Sessions::Table, Sessions::UserId))
            .to_owned(),
        Table::create()
            .table(VaultEntries::Table)
            .if_not_exists()
            .col(uuid(VaultEntries::UserId))
            .col(string(VaultEntries::Provider))
            .col(binary(VaultEntries::Sealed))
            .col(big_integer(VaultEntries::CreatedAt))
            .col(big_integer(VaultEntries::ExpiresAt))
            .primary_key(Index::create().col(VaultEntries::UserId).col(VaultEntries::Provider))
            .foreign_key(&mut belongs_to_user(VaultEntries::Table, VaultEntries::UserId))
            .to_owned(),
        Table::create()
            .table(UsedFlows::Table)
            .if_not_exists()
            .col(binary(UsedFlows::FlowHash).primary_key())
            .col(big_integer(UsedFlows::ExpiresAt))
            .to_owned(),
        Table::create()
            .table(OneTimeCodes::Table)
            .if_not_exists()
            .col(binary(OneTimeCodes::CodeHash).primary_key())
            .col(uuid(OneTimeCodes::UserId))
            .col(string(OneTimeCodes::Challenge))
            .col(big_integer(OneTimeCodes::ExpiresAt))
            .foreign_key(&mut belongs_to_user(OneTimeCodes::Table, OneTimeCodes::UserId))
            .to_owned(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("users_email_canonical", Users::Table, [Users::EmailCanonical]).unique().to_owned(),
        index("identities_provider_subject", Identities::Table, [Identities::Provider, Identities::Subject])
            .unique()
            .to_owned(),
        index("identities_user", Identities::Table, [Identities::UserId]),
        index("sessions_handle", Sessions::Table, [Sessions::HandleHash]).unique().to_owned(),
        index("sessions_user", Sessions::Table, [Sessions::UserId]),
        index("sessions_expiry", Sessions::Table, [Sessions::ExpiresAt]),
        index("vault_entries_expiry", VaultEntries::Table, [VaultEntries::ExpiresAt]),
        index("used_flows_expiry", UsedFlows::Table, [UsedFlows::ExpiresAt]),
        index("one_time_codes_expiry", OneTimeCodes::Table, [OneTimeCodes::ExpiresAt]),
    ]
}
