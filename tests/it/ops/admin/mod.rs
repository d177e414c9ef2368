//! The routes for operators.

pub mod access;
mod docs;
mod flows;
mod inspector;
mod users;

use serde_json::Value;

use crate::support::app::Node;
use crate::support::browser::{Browser, Response};

/// The operator's token; its name is `mira`.
pub const TOKEN: &str = "0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f";

/// The settings of a node that has the routes.
pub fn settings() -> String {
    format!("[admin]\ntoken = 'mira:{TOKEN}'\n")
}

/// Sends a request with the operator's token.
pub async fn ask(node: &Node, method: &str, path: &str, body: Option<&Value>) -> Response {
    let bearer = format!("Bearer {TOKEN}");
    let body = body.map(Value::to_string).unwrap_or_default();
    Browser::new()
        .send(method, &format!("{}/admin{path}", node.base), &[("Authorization", &bearer)], body.into_bytes())
        .await
}

/// The id of a session's user.
pub fn user_id(session: &Value) -> &str {
    session["user"]["id"].as_str().expect("an id")
}
