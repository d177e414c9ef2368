//! The full names of our tables: in a schema of PostgreSQL, with a prefix on SQLite, which has no schemas.
//!
//! Entities and SQL in this crate name a table as `"users"`. The full name is put in as a statement is sent, because it is
//! a setting: two instances in one process can use one database, and no connection needs a `search_path`, which a
//! transaction-pooling proxy would not keep.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;

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

/// How many statements are kept with their full names. There are fewer, but for lists of different lengths.
const MAX_QUALIFIED: usize = 512;

/// Statements, and the same with full names.
type Qualified = HashMap<Box<str>, Box<str>, RandomState>;

/// How the tables of one instance are called. Cheap to clone; clones share the statements that are kept.
#[derive(Clone, Debug)]
pub(super) struct TableNames {
    naming: Naming,
    /// Statements and their texts with full names: looking one up takes a tenth of writing it.
    qualified: Arc<RwLock<Qualified>>,
}

#[derive(Clone, Debug)]
enum Naming {
    /// `"schema"."users"`.
    Schema(Arc<str>),
    /// `"prefix_users"`; holds the prefix with its underscore.
    Prefix(Arc<str>),
}

impl TableNames {
    pub(super) fn in_schema(schema: &str) -> Self {
        Self { naming: Naming::Schema(schema.into()), qualified: Arc::default() }
    }

    pub(super) fn with_prefix(schema: &str) -> Self {
        Self { naming: Naming::Prefix(format!("{schema}_").into()), qualified: Arc::default() }
    }

    /// Puts the full names into a statement of ours. None of its string literals holds a double quote.
    pub(super) fn qualify(&self, sql: &str) -> String {
        if let Some(known) = self.qualified.read().unwrap_or_else(PoisonError::into_inner).get(sql) {
            return known.as_ref().into();
        }
        let qualified = self.naming.qualify(sql);
        let mut kept = self.qualified.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_QUALIFIED {
            kept.clear();
        }
        kept.insert(sql.into(), qualified.as_str().into());
        qualified
    }
}

impl Naming {
    fn qualify(&self, sql: &str) -> String {
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
    fn statement_that_is_kept_has_the_same_names_and_few_are_kept() {
        let names = TableNames::in_schema("auth");
        for number in 0..3 * MAX_QUALIFIED {
            let sql = format!(r#"SELECT {number} FROM "users""#);
            let expected = format!(r#"SELECT {number} FROM "auth"."users""#);
            assert_eq!([names.qualify(&sql), names.clone().qualify(&sql)], [expected.clone(), expected]);
            assert!(names.qualified.read().expect("not poisoned").len() <= MAX_QUALIFIED);
        }
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
