//! The first tables: users, how they sign in, their sessions, the vault, and what is used once.
//!
//! Times are milliseconds since the Unix epoch. Whatever is used once is stored as a SHA-256 hash, provider tokens are
//! stored sealed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, boolean, integer, json_null, pk_auto, string, string_null, text, text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::DatabaseBackend;

/// The tables that this migration creates, without their prefix.
pub(crate) const TABLES: [&str; 12] = [
    "users",
    "user_roles",
    "identities",
    "sessions",
    "vault_entries",
    "idempotent_responses",
    "revocations",
    "one_time_codes",
    "used_flows",
    "tickets",
    "pending_names",
    "audit_events",
];

/// The migration; its name is the file's.
pub(crate) struct Migration {
    prefix: String,
}

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261128_000001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut table in self.user_tables().into_iter().chain(self.other_tables()) {
            manager.create_table(table.take()).await?;
        }
        for index in self.indexes() {
            manager.create_index(index).await?;
        }
        for statement in self.append_only_trigger(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

impl Migration {
    pub(crate) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    fn name_of(&self, name: &str) -> Alias {
        Alias::new(format!("{}{name}", self.prefix))
    }

    fn table(&self, name: &str) -> TableCreateStatement {
        Table::create().table(self.name_of(name)).to_owned()
    }

    /// A foreign key whose rows are deleted with their user.
    fn of_user(&self, table: &str) -> ForeignKeyCreateStatement {
        ForeignKey::create()
            .from(self.name_of(table), "user_id")
            .to(self.name_of("users"), "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned()
    }

    fn user_tables(&self) -> Vec<TableCreateStatement> {
        vec![
            self.table("users")
                .col(uuid("id").primary_key())
                .col(big_integer("created_at"))
                .col(big_integer("last_seen_at"))
                .col(text("display_name"))
                .col(text("avatar_url"))
                .col(string("locale"))
                .col(string_null("email"))
                .col(string_null("email_canonical"))
                .col(boolean("email_verified"))
                .col(string("default_role"))
                .col(json_null("metadata"))
                .col(boolean("disabled"))
                .take(),
            self.table("user_roles")
                .col(uuid("user_id"))
                .col(string("role"))
                .primary_key(Index::create().col("user_id").col("role"))
                .foreign_key(&mut self.of_user("user_roles"))
                .take(),
            self.table("identities")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("provider"))
                .col(text("subject"))
                .col(text_null("email"))
                .col(boolean("email_verified"))
                .col(big_integer("created_at"))
                .col(big_integer("updated_at"))
                .foreign_key(&mut self.of_user("identities"))
                .take(),
            self.table("sessions")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(binary("handle_hash"))
                .col(big_integer("generation"))
                .col(text("superseded_at"))
                .col(big_integer("created_at"))
                .col(big_integer("rotated_at"))
                .col(big_integer("expires_at"))
                .col(json_null("claims"))
                .foreign_key(&mut self.of_user("sessions"))
                .take(),
            self.table("vault_entries")
                .col(uuid("user_id"))
                .col(string("provider"))
                .col(binary("sealed"))
                .col(big_integer("created_at"))
                .col(big_integer("expires_at"))
                .primary_key(Index::create().col("user_id").col("provider"))
                .foreign_key(&mut self.of_user("vault_entries"))
                .take(),
            self.table("one_time_codes")
                .col(binary("code_hash").primary_key())
                .col(uuid("user_id"))
                .col(string("challenge"))
                .col(big_integer("expires_at"))
                .col(json_null("claims"))
                .foreign_key(&mut self.of_user("one_time_codes"))
                .take(),
        ]
    }

    /// Tables whose rows outlive their user, or belong to none.
    fn other_tables(&self) -> Vec<TableCreateStatement> {
        vec![
            self.table("idempotent_responses")
                .col(uuid("session_id"))
                .col(string("provider"))
                .col(string("key"))
                .col(binary("sealed"))
                .col(big_integer("expires_at"))
                .primary_key(Index::create().col("session_id").col("provider").col("key"))
                .take(),
            self.table("revocations")
                .col(uuid("id").primary_key())
                .col(uuid("user_id"))
                .col(string("provider"))
                .col(binary("sealed"))
                .col(integer("attempts"))
                .col(big_integer("next_at"))
                .col(big_integer("expires_at"))
                .take(),
            self.table("used_flows").col(binary("flow_hash").primary_key()).col(big_integer("expires_at")).take(),
            self.table("tickets")
                .col(binary("handle_hash").primary_key())
                .col(binary("sealed"))
                .col(big_integer("expires_at"))
                .take(),
            self.table("pending_names")
                .col(string("provider"))
                .col(text("subject"))
                .col(text("name"))
                .col(big_integer("expires_at"))
                .primary_key(Index::create().col("provider").col("subject"))
                .take(),
            self.table("audit_events")
                .col(pk_auto("id").big_integer())
                .col(big_integer("occurred_at"))
                .col(string("action"))
                .col(text("outcome"))
                .col(uuid_null("user_id"))
                .col(uuid_null("session_id"))
                .col(string_null("provider"))
                .col(string_null("client_ip"))
                .col(string_null("flow_id"))
                .take(),
        ]
    }

    fn index(&self, table: &str, columns: &[&'static str]) -> IndexCreateStatement {
        let name = format!("{}{table}_{}", self.prefix, columns.join("_"));
        let mut index = Index::create().name(name).table(self.name_of(table)).to_owned();
        for column in columns {
            index.col(*column);
        }
        index
    }

    fn indexes(&self) -> Vec<IndexCreateStatement> {
        // Whoever proves an address owns it; any number of users may claim it.
        let proven_email = self
            .index("users", &["email_canonical"])
            .name(format!("{}users_proven_email", self.prefix))
            .unique()
            .and_where(Expr::col("email_verified"))
            .take();
        vec![
            proven_email,
            self.index("users", &["email_canonical"]),
            self.index("identities", &["provider", "subject"]).unique().take(),
            self.index("identities", &["user_id"]),
            self.index("sessions", &["handle_hash"]).unique().take(),
            self.index("sessions", &["user_id"]),
            self.index("sessions", &["expires_at"]),
            self.index("vault_entries", &["expires_at"]),
            self.index("idempotent_responses", &["expires_at"]),
            self.index("revocations", &["next_at"]),
            self.index("revocations", &["expires_at"]),
            self.index("one_time_codes", &["user_id"]),
            self.index("one_time_codes", &["expires_at"]),
            self.index("used_flows", &["expires_at"]),
            self.index("tickets", &["expires_at"]),
            self.index("pending_names", &["expires_at"]),
            self.index("audit_events", &["occurred_at"]),
            self.index("audit_events", &["user_id"]),
        ]
    }

    /// The database itself refuses to change an audit event. Old ones may be deleted.
    fn append_only_trigger(&self, backend: DatabaseBackend) -> Vec<String> {
        let table = format!("{}audit_events", self.prefix);
        let message = "audit events cannot be changed";
        if backend == DatabaseBackend::Sqlite {
            return vec![format!(
                "CREATE TRIGGER \"{table}_append_only\" BEFORE UPDATE ON \"{table}\" \
                 BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )];
        }
        vec![
            format!(
                "CREATE FUNCTION \"{table}_append_only\"() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION '{message}'; END $$"
            ),
            format!(
                "CREATE TRIGGER \"{table}_append_only\" BEFORE UPDATE ON \"{table}\" \
                 FOR EACH ROW EXECUTE FUNCTION \"{table}_append_only\"()"
            ),
        ]
    }
}
