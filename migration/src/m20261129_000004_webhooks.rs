//! Messages for webhooks, until their receivers have confirmed them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, integer, pk_auto, string, text, text_null, uuid, uuid_null,
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
        "m20261129_000004_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = format!("{}webhook_messages", self.prefix);
        let messages = Table::create()
            .table(Alias::new(&table))
            .col(pk_auto("id").big_integer())
            .col(uuid("message_id"))
            .col(string("webhook"))
            .col(string("event"))
            .col(uuid_null("user_id"))
            .col(text("body"))
            .col(big_integer("created_at"))
            .col(integer("attempts"))
            .col(big_integer("next_at"))
            .col(big_integer("give_up_at"))
            .col(big_integer_null("failed_at"))
            .col(text_null("last_error"))
            .col(big_integer("expires_at"))
            .take();
        manager.create_table(messages).await?;
        // Failed messages are not looked at when the due ones are.
        let due = Index::create()
            .name(format!("{table}_due"))
            .table(Alias::new(&table))
            .col("webhook")
            .col("next_at")
            .and_where(Expr::col("failed_at").is_null())
            .take();
        manager.create_index(due).await?;
        for column in ["message_id", "expires_at"] {
            let index = Index::create().name(format!("{table}_{column}")).table(Alias::new(&table)).col(column).take();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
