//! What operators need: who acted, in the audit trail, and disabled users without reading all users.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string_null;

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
        "m20261129_000002_operators"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let name_of = |name: &str| Alias::new(format!("{}{name}", self.prefix));
        let actor = Table::alter().table(name_of("audit_events")).add_column(string_null("actor")).take();
        manager.alter_table(actor).await?;
        let disabled = Index::create()
            .name(format!("{}users_disabled", self.prefix))
            .table(name_of("users"))
            .col("id")
            .and_where(Expr::col("disabled"))
            .take();
        manager.create_index(disabled).await
    }
}
