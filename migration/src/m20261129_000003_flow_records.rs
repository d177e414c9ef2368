//! Records of sign-ins, for all nodes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, text, uuid};

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
        "m20261129_000003_flow_records"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = format!("{}flow_records", self.prefix);
        let records = Table::create()
            .table(Alias::new(&table))
            .col(uuid("id").primary_key())
            .col(string("flow_id"))
            .col(string("provider"))
            .col(big_integer("ended_at"))
            .col(big_integer("expires_at"))
            .col(text("record"))
            .take();
        manager.create_table(records).await?;
        for column in ["flow_id", "ended_at", "expires_at"] {
            let index = Index::create().name(format!("{table}_{column}")).table(Alias::new(&table)).col(column).take();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
