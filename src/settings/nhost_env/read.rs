//! Converts the text of one of Nhost's variables to settings.

use serde_json::Value;

use super::super::reader::error::Problem;
use super::super::reader::tree::{Node, Table};
use super::table::Format;
use crate::domain::claims::ClaimRule;
use crate::domain::json_path::JsonPath;

/// Settings by their dotted keys, and members of the text that are ignored.
pub(super) struct Reading {
    pub settings: Vec<(String, Node)>,
    pub ignored: Vec<String>,
}

/// Converts a text that is not empty. `key` is the key of the row; `existing_claims` are the custom claims.
pub(super) fn read(
    format: Format,
    key: &str,
    text: &str,
    is_production: bool,
    existing_claims: &[String],
) -> Result<Reading, Problem> {
    let node = match format {
        Format::Text => Node::Untyped(text.to_owned()),
        Format::Pem => Node::Untyped(text.replace("\\n", "\n")),
        Format::Bool => Node::Bool(boolean(text)?),
        Format::InvertedBool => Node::Bool(!boolean(text)?),
        Format::Switch => Node::Table(Table::new()),
        Format::Seconds => Node::Untyped(format!("{}s", whole(text, "seconds")?)),
        Format::Port => {
            let host = if is_production { "0.0.0.0" } else { "127.0.0.1" };
            Node::Untyped(format!("{host}:{}", text.parse::<u16>().map_err(|_| "expected a port from 0 to 65535")?))
        }
        Format::List => Node::List(items(text).map(|item| Node::Text(item.to_owned())).collect()),
        Format::Path => Node::List(vec![Node::Text(text.to_owned())]),
        Format::VaultKey => Node::Table(table([("id", "nhost"), ("key", text)])),
        Format::JwtSecret => return jwt_secret(key, text),
        Format::Claims => return claims(key, text),
        Format::ClaimDefaults => return claim_defaults(key, text, existing_claims),
    };
    Ok(Reading { settings: vec![(key.to_owned(), node)], ignored: Vec::new() })
}

/// `true` or `false` in the spellings that Nhost's service accepts.
pub(super) fn boolean(text: &str) -> Result<bool, Problem> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
        _ => Err("expected true or false".into()),
    }
}

fn whole(text: &str, of: &str) -> Result<u64, Problem> {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_whole).ok_or_else(|| format!("expected a whole number of {of}").into())
}

/// The items of a comma-separated list.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn table<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Table {
    entries.into_iter().map(|(name, text)| (name.to_owned(), Node::Text(text.to_owned()))).collect()
}

/// `{"type": …, "key": …, "signing_key": …, "kid": …, "issuer": …, "claims_namespace": …}`. With a shared secret
/// `key` signs and verifies; else it is the public half, and `signing_key` the one that we need.
fn jwt_secret(key: &str, text: &str) -> Result<Reading, Problem> {
    let secret = object(text, r#"{"type": "HS256", "key": "…"}"#)?;
    let text_of = |name: &str| secret.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let algorithm = text_of("type").ok_or("the JSON has no `type`")?;
    let signing = if algorithm.starts_with("HS") { "key" } else { "signing_key" };
    let signing_key = text_of(signing).ok_or_else(|| {
        let problem = Problem::from(format!("the JSON has no `{signing}`"));
        if signing == "key" { problem } else { problem.suggest("the public `key` alone signs nothing") }
    })?;
    let mut entries = table([("algorithm", algorithm), ("key", signing_key)]);
    entries.extend(table(text_of("kid").map(|kid| ("id", kid))));
    let mut settings = vec![(key.to_owned(), Node::Table(entries))];
    for (name, key) in [("issuer", "session.issuer"), ("claims_namespace", "session.claims_namespace")] {
        settings.extend(text_of(name).map(|text| (key.to_owned(), Node::Text(text.to_owned()))));
    }
    let known = ["type", "key", "signing_key", "kid", "issuer", "claims_namespace"];
    let ignored = secret.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
    Ok(Reading { settings, ignored })
}

fn object(text: &str, like: &str) -> Result<serde_json::Map<String, Value>, Problem> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Problem::from("expected a JSON object").suggest(format!("it is like {like}"))),
    }
}

/// Nhost's paths begin at the row of the user in Hasura, of which only the metadata exists here.
fn claims(key: &str, text: &str) -> Result<Reading, Problem> {
    let is_supported = |name: &str, path: &str| {
        let inside = path.strip_prefix("metadata.");
        ClaimRule::name_of(name).is_some() && inside.is_some_and(|inside| inside.parse::<JsonPath>().is_ok())
    };
    let (supported, others): (Vec<_>, Vec<_>) = object(text, r#"{"team": "metadata.team.id"}"#)?
        .into_iter()
        .map(|(name, path)| (name, path.as_str().unwrap_or_default().to_owned()))
        .partition(|(name, path)| is_supported(name, path));
    Ok(some_of(key, supported, others.into_iter().map(|(name, _)| name).collect()))
}

fn claim_defaults(key: &str, text: &str, existing: &[String]) -> Result<Reading, Problem> {
    let (supported, others): (Vec<_>, Vec<_>) = object(text, r#"{"team": "none"}"#)?
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .partition(|(name, _)| existing.contains(name));
    Ok(some_of(key, supported, others.into_iter().map(|(name, _)| name).collect()))
}

fn some_of(key: &str, supported: Vec<(String, String)>, ignored: Vec<String>) -> Reading {
    let table: Table = supported.into_iter().map(|(name, text)| (name, Node::Text(text))).collect();
    let settings = if table.is_empty() { Vec::new() } else { vec![(key.to_owned(), Node::Table(table))] };
    Reading { settings, ignored }
}
