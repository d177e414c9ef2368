//! Provider tokens that the service keeps and refreshes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, string, string_null, text, uuid,
};

/// The migration; its name is the file's.
pub(crate) struct Migration {
    prefix: String,
}

impl Migration {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261130_000005_grants"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (table, users) = (format!("{}grants", self.prefix), format!("{}users", self.prefix));
        let grants = Table::create()
            .table(Alias::new(&table))
            .col(uuid("id").primary_key())
            .col(uuid("user_id"))
            .col(string("provider"))
            .col(string("subject"))
            .col(string("state"))
            .col(text("scopes"))
            .col(binary("sealed"))
            .col(boolean("can_refresh"))
            .col(big_integer_null("good_until"))
            .col(big_integer("fence"))
            .col(big_integer("written"))
            .col(integer("attempts"))
            .col(big_integer_null("lease_until"))
            .col(big_integer_null("retry_at"))
            .col(big_integer_null("refresh_at"))
            .col(string_null("last_error"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(
                ForeignKey::create()
                    .name(format!("{table}_user_id"))
                    .from(Alias::new(&table), "user_id")
                    .to(Alias::new(&users), "id")
                    .on_delete(ForeignKeyAction::Cascade),
            )
            .take();
        manager.create_table(grants).await?;
        let owner = Index::create()
            .name(format!("{table}_owner"))
            .table(Alias::new(&table))
            .col("user_id")
            .col("provider")
            .col("subject")
            .unique()
            .take();
        manager.create_index(owner).await?;
        // Few rows have either: those that are being refreshed, and those whose refresh ahead is planned.
        for column in ["lease_until", "refresh_at"] {
            let index = Index::create()
                .name(format!("{table}_{column}"))
                .table(Alias::new(&table))
                .col(column)
                .and_where(Expr::col(column).is_not_null())
                .take();
            manager.create_index(index).await?;
        }
        let revocations = Table::alter()
            .table(Alias::new(format!("{}revocations", self.prefix)))
            .add_column(string_null("subject"))
            .take();
        manager.alter_table(revocations).await
    }
}
