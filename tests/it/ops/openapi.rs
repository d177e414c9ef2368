//! `GET /openapi.json`: the description names every route and nothing else, is sound in itself, and follows the settings.
//! [`crate::support::contract`] holds the answers that all tests receive against it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::admin::{self, access};
use crate::security::route_table::{self, registered};
use crate::support::app::{Node, TestApp, listen, serve};
use crate::support::browser::{Browser, Response};
use crate::support::contract::{self, resolve};

const FORM: &str = "aufy.sign_up.fields = '{\"type\": \"object\"}'\n";

async fn description(node: &Node) -> Value {
    let response = Browser::new().get(&format!("{}/openapi.json", node.base)).await;
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
    response.json()
}

/// Method and path of each operation, with the operation.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let of_path = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let item: Vec<_> = item.as_object().expect("operations").keys().cloned().collect();
        item.into_iter().map(move |method| (method.to_uppercase(), path.clone()))
    };
    let names: Vec<_> = paths.iter().flat_map(of_path).collect();
    let operation = |(method, path): (String, String)| {
        let found = &document["paths"][&path][method.to_lowercase()];
        (method, path, found)
    };
    names.into_iter().map(operation).collect()
}

fn described(document: &Value) -> BTreeSet<(String, String)> {
    operations(document).into_iter().map(|(method, path, _)| (method, path)).collect()
}

#[actix_web::test]
async fn description_lists_every_route_and_nothing_else() {
    let app = TestApp::new();
    let node = app.node_with(&format!("{FORM}{}", admin::settings())).await;
    let mut routes: BTreeSet<(String, String)> = registered("ops");
    routes.extend(registered("oauth"));
    let mut add = |method: &str, path: String| assert!(routes.insert((method.to_owned(), path)));
    route_table::NHOST.iter().for_each(|(method, path, _)| add(method, (*path).to_owned()));
    for (method, path, _) in &route_table::AUFY {
        let base = if ["/link/external", "/info"].contains(path) { "/api/account" } else { "/api/auth" };
        add(method, format!("{base}{path}"));
    }
    access::ROUTES.iter().for_each(|(method, path)| add(method, format!("/admin{path}")));
    let document = description(&node).await;
    // Where there is a HEAD, there is a GET.
    let described = described(&document).into_iter().filter(|(method, _)| method != "HEAD");
    assert_eq!(described.collect::<BTreeSet<_>>(), routes);
    assert_eq!(document["servers"], json!([{"url": node.base}]));
}

/// Every value with this member, at any depth.
fn find<'a>(value: &'a Value, member: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(member));
            members.values().for_each(|value| find(value, member, found));
        }
        Value::Array(values) => values.iter().for_each(|value| find(value, member, found)),
        _ => {}
    }
}

#[actix_web::test]
async fn description_is_sound_in_itself() {
    let app = TestApp::new();
    let document = description(&app.node_with(&format!("{FORM}{}", admin::settings())).await).await;
    let mut references = Vec::new();
    find(&document, "$ref", &mut references);
    assert!(references.len() > 100);
    references.iter().for_each(|reference| drop(resolve(&document, &json!({"$ref": reference})).clone()));
    let names = |list: &Value, key: &str| -> BTreeSet<String> {
        list.as_array().into_iter().flatten().map(|one| one[key].as_str().expect("a name").to_owned()).collect()
    };
    let (all, tags) = (operations(&document), names(&document["tags"], "name"));
    let ids: BTreeSet<&str> = all.iter().filter_map(|(.., one)| one["operationId"].as_str()).collect();
    assert_eq!(ids.len(), all.len(), "an id is missing or used twice");
    for (method, path, operation) in &all {
        let at = format!("{method} {path}");
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(|one| resolve(&document, one));
        let in_path: BTreeSet<&str> =
            parameters.filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str()).collect();
        let in_template: BTreeSet<&str> =
            path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, in_template, "{at}");
        let tag = operation["tags"][0].as_str().expect("a tag");
        assert!(tags.contains(tag), "{at}: {tag}");
        let schemes = operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object);
        for scheme in schemes.flat_map(|scheme| scheme.keys()) {
            assert!(document["components"]["securitySchemes"][scheme].is_object(), "{at}: {scheme}");
        }
        let mut links = Vec::new();
        find(&operation["responses"], "links", &mut links);
        for link in links.iter().filter_map(|links| links.as_object()).flat_map(|links| links.values()) {
            assert!(ids.contains(link["operationId"].as_str().expect("an id")), "{at}: {link}");
        }
    }
    check_examples(&document);
}

/// The examples of the schemas are valid.
fn check_examples(document: &Value) {
    let mut count = 0;
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        let whole = json!({"allOf": [schema], "components": document["components"]});
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).expect("a schema");
        for example in schema["examples"].as_array().into_iter().flatten() {
            count += 1;
            let error = validator.iter_errors(example).next().map(|error| error.to_string());
            assert_eq!(error, None, "the example of {name}");
        }
    }
    assert!(count > 3, "only {count} examples");
}

#[actix_web::test]
async fn description_follows_settings_and_mount() {
    let app = TestApp::new();
    let node = app.node_with("nhost.paths = ['/v1']\naufy.auth_path = '/login'").await;
    let response = Browser::new().get(&format!("{}/v1/openapi.json", node.base)).await;
    let listed = described(&response.json());
    for (method, path, is_there) in [
        ("POST", "/v1/token", true),
        ("POST", "/token", false),
        ("GET", "/v1/version", true),
        ("GET", "/login/whoami", true),
        ("POST", "/login/signup/external", false),
        ("GET", "/admin/users", false),
    ] {
        assert_eq!(listed.contains(&(method.to_owned(), path.to_owned())), is_there, "{method} {path}");
    }
    // A client that has it gets no second copy.
    let tag = response.header("etag").expect("a tag").to_owned();
    assert_eq!(response.header("cache-control"), Some("public, max-age=60"));
    let url = format!("{}/v1/openapi.json", node.base);
    for (known, status) in [(tag.as_str(), 304), (&format!("\"x\", W/{tag}"), 304), ("\"x\"", 200)] {
        let again = Browser::new().send("GET", &url, &[("If-None-Match", known)], Vec::new()).await;
        assert_eq!((again.status, again.body.is_empty()), (status, status == 304), "{known}");
    }

    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&format!("{origin}/auth"), &admin::settings())).await;
    let handle = serve(listener, 1, move || {
        let leaves_out = |path: &str| path.starts_with("/signup/") || path == "/admin";
        let routes = vouchsafe.routes_where(move |path| !leaves_out(path));
        move |config: &mut actix_web::web::ServiceConfig| {
            config.service(actix_web::web::scope("/auth").configure(routes));
        }
    });
    let document = description(&Node::at(format!("{origin}/auth"), handle)).await;
    assert_eq!(document["servers"], json!([{"url": format!("{origin}/auth")}]));
    let paths: Vec<_> = document["paths"].as_object().expect("paths").keys().collect();
    assert!(paths.iter().any(|path| *path == "/signin/provider/{provider}"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.starts_with("/signup/") || path.starts_with("/admin")), "{paths:?}");
    let text = document.to_string();
    assert!(!text.contains("\"signUp\""), "a link to a route that is left out");
}

#[test]
fn answer_that_is_not_described_is_reported() {
    let violation = |status: u16, kind: &str, body: &Value| {
        let mut headers = awc::http::header::HeaderMap::new();
        headers.insert(awc::http::header::CONTENT_TYPE, kind.parse().expect("a header"));
        headers.insert("x-request-id".parse().expect("a name"), "x".parse().expect("a header"));
        let response = Response { status, headers, body: body.to_string().into_bytes() };
        contract::violation("GET", "http://127.0.0.1:4000/v1/user/sessions?x=1", &response)
    };
    let (json, none) = ("application/json", json!({"sessions": []}));
    assert_eq!(violation(200, json, &none), None);
    for (status, kind, body, expected) in [
        (418, json, &none, "status"),
        (200, "text/html", &none, "content type"),
        (200, json, &json!({"sessions": [{"id": "x"}]}), "is not a"),
        (200, json, &json!({"sessions": [], "secret": 1}), "secret"),
        (401, json, &json!({"status": 401, "message": "x", "error": "invalid-request"}), "WWW-Authenticate"),
    ] {
        let found = violation(status, kind, body);
        assert!(found.as_ref().is_some_and(|found| found.contains(expected)), "{status} {kind} {body}: {found:?}");
    }
}
