//! `docs/admin.md`: its table and its examples are held against the routes and their answers.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::access::ROUTES;
use super::{ask, settings, user_id};
use crate::support::app::TestApp;
use crate::support::browser::Browser;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/admin.md")).expect("the page")
}

/// The example below the heading of a route.
fn example(page: &str, route: &str) -> Value {
    let (_, rest) = page.split_once(&format!("### `{route}`\n")).unwrap_or_else(|| panic!("no example of {route}"));
    let (_, rest) = rest.split_once("```json\n").expect("an example");
    serde_json::from_str(rest.split("```").next().expect("its end")).expect("JSON")
}

/// Every key with the kind of its value; of a list only the first entry counts.
fn shape(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let kind = match value {
        Value::Object(entries) => {
            entries.iter().for_each(|(key, value)| shape(value, &format!("{path}.{key}"), found));
            "object"
        }
        Value::Array(entries) => {
            entries.iter().take(1).for_each(|value| shape(value, &format!("{path}[]"), found));
            "list"
        }
        Value::String(_) => "text",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    found.insert(format!("{path}: {kind}"));
}

fn shape_of(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    shape(value, "", &mut found);
    found
}

#[test]
fn documented_routes_are_the_routes() {
    let page = page();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let listed: BTreeSet<String> = rows.map(|(route, _)| route.to_owned()).collect();
    let routes = ROUTES.iter().map(|(method, path)| format!("{method} /admin{path}"));
    assert_eq!(listed, routes.collect());
}

#[actix_web::test]
async fn documented_examples_have_the_shape_of_the_answers() {
    let app = TestApp::new();
    let node = app.node_with(&settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let user = format!("/users/{}", user_id(&session));
    assert_eq!(ask(&node, "POST", &format!("{user}/enable"), None).await.status, 200);
    let page = page();
    for (route, path) in [
        ("GET /admin/users", "/users".to_owned()),
        ("GET /admin/users/{id}", user.clone()),
        ("GET /admin/users/{id}/sessions", format!("{user}/sessions")),
        ("GET /admin/users/{id}/audit", format!("{user}/audit")),
    ] {
        let answer = ask(&node, "GET", &path, None).await.json();
        assert_eq!(shape_of(&example(&page, route)), shape_of(&answer), "{route}");
    }
    let unknown = "/users/00000000-0000-4000-8000-000000000000";
    assert_eq!(ask(&node, "GET", unknown, None).await.json(), example(&page, "Errors"));
    for (route, rest) in
        [("PUT /admin/users/{id}/roles", "/roles"), ("POST /admin/users/{id}/verify-email", "/verify-email")]
    {
        let (method, _) = route.split_once(' ').expect("a method");
        let response = ask(&node, method, &format!("{user}{rest}"), Some(&example(&page, route))).await;
        assert_eq!(response.status, 200, "{route}: {}", response.text());
    }
    let changed = ask(&node, "GET", &user, None).await.json();
    assert_eq!((&changed["defaultRole"], &changed["roles"]), (&json!("editor"), &json!(["editor", "user"])));
}
