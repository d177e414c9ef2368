//! The service's rows, read and changed behind its back. Statements use the tables' bare names.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// Words that a table's name follows.
const KEYWORDS: [&str; 7] = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE", "TO", "ON"];

const TABLES: [&str; 15] = [
    "users",
    "user_roles",
    "identities",
    "sessions",
    "vault_entries",
    "grants",
    "idempotent_responses",
    "revocations",
    "one_time_codes",
    "used_flows",
    "tickets",
    "pending_names",
    "audit_events",
    "flow_records",
    "webhook_messages",
];

/// One value of the first row.
pub async fn scalar<T>(database: &str, sql: &str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Send + Unpin,
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    if database.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database).await.expect("connected");
        let sql = AssertSqlSafe(with_prefix(sql));
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect("a value")
    } else {
        let mut connection = connect(database).await;
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&mut connection).await.expect("a value")
    }
}

/// Executes a statement that may fail; returns the database's message.
pub async fn execute(database: &str, sql: &str) -> Result<(), String> {
    let executed = if database.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database).await.expect("connected");
        sqlx::query(AssertSqlSafe(with_prefix(sql))).execute(&mut connection).await.map(drop)
    } else {
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connect(database).await).await.map(drop)
    };
    executed.map_err(|error| error.to_string())
}

/// Connects to PostgreSQL with the tables of the service in the search path.
pub async fn connect(database: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(database).expect("a URL").options([("search_path", "vouchsafe,public")]);
    options.connect().await.expect("connected")
}

/// SQLite has no schemas: puts the prefix before each name of a table that follows a keyword.
fn with_prefix(sql: &str) -> String {
    let mut follows_keyword = false;
    let words = sql.split_inclusive(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
    words
        .map(|word| {
            let name = word.trim_end_matches(|sign: char| !(sign.is_ascii_alphanumeric() || sign == '_'));
            let is_table = follows_keyword && TABLES.contains(&name);
            if !name.is_empty() {
                follows_keyword = KEYWORDS.contains(&name);
            }
            if is_table { format!("vouchsafe_{word}") } else { word.to_owned() }
        })
        .collect()
}
