//! The full names of our tables: in a schema of PostgreSQL, with a prefix on SQLite, which has no schemas.
//!
//! Entities and SQL in this crate name a table as `"users"`. The full name is put in as a statement is sent, because it is
//! a setting: two instances in one process can use one database, and no connection needs a `search_path`, which a
//! transaction-pooling proxy would not keep.

use std::sync::Arc;

/// Every table of ours, in the order in which a transaction locks their rows.
pub(super) const TABLES: [&str; 15] = [
    "tickets",
    "pending_names",
    "users",
    "user_roles",
    "identities",
    "vault_entries",
    "grants",
    "idempotent_responses",
    "revocations",
    "one_time_codes",
    "sessions",
    "used_flows",
    "audit_events",
    "flow_records",
    "webhook_messages",
];

/// How the tables of one instance are called.
#[derive(Clone, Debug)]
pub(super) enum TableNames {
    /// `"schema"."users"`.
    Schema(Arc<str>),
    /// `"prefix_users"`; holds the prefix with its underscore.
    Prefix(Arc<str>),
}

impl TableNames {
    pub(super) fn in_schema(schema: &str) -> Self {
        Self::Schema(schema.into())
    }

    pub(super) fn with_prefix(schema: &str) -> Self {
        Self::Prefix(format!("{schema}_").into())
    }

    /// Puts the full names into a statement of ours. None of its string literals holds a double quote.
    pub(super) fn qualify(&self, sql: &str) -> String {
        let mut qualified = String::with_capacity(sql.len() + 80);
        let mut is_after_of = false;
        for (index, piece) in sql.split('"').enumerate() {
            let is_identifier = index % 2 == 1;
            if index > 0 {
                qualified.push('"');
            }
            // `FOR UPDATE OF` takes the name by which the statement refers to the table, never a schema.
            if is_identifier && !is_after_of && TABLES.contains(&piece) {
                match self {
                    Self::Schema(schema) => qualified.extend([schema, "\".\""]),
                    Self::Prefix(prefix) => qualified.push_str(prefix),
                }
            }
            qualified.push_str(piece);
            is_after_of = !is_identifier && piece.ends_with(" OF ");
        }
        qualified
    }
}

/// The index of the table that a statement locks existing rows of; `None` if it only reads, or adds rows.
#[cfg(debug_assertions)]
pub(super) fn locked_table(sql: &str) -> Option<usize> {
    let is_write = ["UPDATE", "DELETE", "WITH"].iter().any(|verb| sql.starts_with(verb));
    let is_locking = || [" DO UPDATE", " FOR UPDATE", " FOR NO KEY UPDATE"].iter().any(|clause| sql.contains(clause));
    if !is_write && !is_locking() {
        return None;
    }
    sql.split('"').skip(1).step_by(2).find_map(|name| TABLES.iter().position(|table| *table == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_tables_get_their_full_names_and_nothing_else_does() {
        let sql =
            r#"SELECT "users"."id" AS "A_id", 'users' FROM "users" JOIN "app_users" FOR UPDATE OF "users" NOWAIT"#;
        assert_eq!(
            TableNames::in_schema("auth").qualify(sql),
            r#"SELECT "auth"."users"."id" AS "A_id", 'users' FROM "auth"."users" JOIN "app_users" FOR UPDATE OF "users" NOWAIT"#
        );
        assert_eq!(
            TableNames::with_prefix("auth").qualify(r#"DELETE FROM "users" WHERE "users"."id" = ?"#),
            r#"DELETE FROM "auth_users" WHERE "auth_users"."id" = ?"#
        );
    }

    #[test]
    fn locked_table_of_a_statement_is_found() {
        let table = |sql| locked_table(sql).map(|index| TABLES[index]);
        assert_eq!(table(r#"SELECT "users"."id" FROM "users""#), None);
        assert_eq!(table(r#"SELECT "users"."id" FROM "users" FOR UPDATE"#), Some("users"));
        assert_eq!(table(r#"UPDATE "sessions" SET "generation" = 1"#), Some("sessions"));
        assert_eq!(table(r#"DELETE FROM "tickets""#), Some("tickets"));
        assert_eq!(table(r#"INSERT INTO "users" ("id") VALUES (1)"#), None);
        assert_eq!(table(r#"INSERT INTO "users" ("id") VALUES (1) ON CONFLICT ("id") DO UPDATE"#), Some("users"));
    }
}
