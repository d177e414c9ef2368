//! Who may use the routes: every route with every kind of token, and with every method.

use std::collections::BTreeSet;
use std::path::Path;

use super::{TOKEN, ask, settings, user_id};
use crate::aufy;
use crate::support::app::{Node, TestApp, access_token, listen, refresh_token, serve};
use crate::support::browser::{Browser, Response};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every route; the source is held against it.
pub const ROUTES: [(&str, &str); 14] = [
    ("GET", "/flows"),
    ("GET", "/flows/{id}"),
    ("POST", "/reload"),
    ("GET", "/users"),
    ("GET", "/users/{id}"),
    ("DELETE", "/users/{id}"),
    ("POST", "/users/{id}/disable"),
    ("POST", "/users/{id}/enable"),
    ("POST", "/users/{id}/verify-email"),
    ("PUT", "/users/{id}/roles"),
    ("GET", "/users/{id}/sessions"),
    ("DELETE", "/users/{id}/sessions/{session}"),
    ("POST", "/users/{id}/sign-out"),
    ("GET", "/users/{id}/audit"),
];

/// The routes that the source registers.
fn registered() -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http/admin/mod.rs");
    let source = std::fs::read_to_string(path).expect("the module");
    assert!(!source.contains("web::resource(") && !source.contains(".route("), "a route without the guard's check");
    let mut found = BTreeSet::new();
    for resource in source.split("resource(\"").skip(1) {
        let (path, rest) = resource.split_once('"').expect("the end of the path");
        for method in METHODS {
            if rest.contains(&format!(".{}(", method.to_lowercase())) {
                found.insert((method.to_owned(), path.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_route_is_in_the_list() {
    let listed: BTreeSet<_> = ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(registered(), listed);
}

/// The paths of all routes with the parts that vary filled in, and some that do not exist.
fn paths(user: &str) -> BTreeSet<String> {
    let fill = |path: &str| path.replace("{id}", user).replace("{session}", user);
    let unknown =
        ["", "/", "/nothing", "/users/nobody/nothing", "/users/nobody/sessions/nothing/more"].map(str::to_owned);
    ROUTES.iter().map(|(_, path)| fill(path)).chain(unknown).collect()
}

/// A page, which has tests of its own; the routes answer all other methods.
fn is_inspector(method: &str, path: &str) -> bool {
    (method, path) == ("GET", "")
}

fn is_refusal(response: &Response) -> bool {
    response.status == 401
        && response.header("www-authenticate") == Some("Bearer")
        && response.header("content-type") == Some("application/problem+json")
        && response.header("cache-control") == Some("no-store")
}

#[actix_web::test]
async fn only_the_operators_token_is_admitted_at_any_path_and_method() {
    let app = TestApp::new();
    // A user's token with the most telling role of all.
    let more = format!("sign_up.default_role = 'admin'\n{}", settings());
    let node = app.node_with(&more).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let entered = node.enter(&mut Browser::new(), "google", "mira").await;
    assert_eq!(session["user"]["defaultRole"], "admin");
    let before = app.row_counts().await;
    let bearer = |token: &str| format!("Bearer {token}");
    let credentials = [
        ("X-Nothing", String::new()),
        ("Authorization", bearer("x")),
        ("Authorization", bearer("")),
        ("Authorization", bearer(&TOKEN[1..])),
        ("Authorization", bearer(&format!("{TOKEN}0"))),
        ("Authorization", bearer(&format!("mira:{TOKEN}"))),
        ("Authorization", format!("Basic {TOKEN}")),
        ("Authorization", TOKEN.to_owned()),
        ("Authorization", bearer(access_token(&session))),
        ("Authorization", bearer(refresh_token(&session))),
        ("Authorization", bearer(aufy::access_token(&entered))),
        ("Cookie", format!("Aufy.AccessToken={TOKEN}")),
        ("X-Admin-Token", TOKEN.to_owned()),
        ("X-Hasura-Admin-Secret", TOKEN.to_owned()),
    ];
    let mut bodies = BTreeSet::new();
    for path in paths(user_id(&session)) {
        for method in METHODS.into_iter().filter(|method| !is_inspector(method, &path)) {
            for (name, value) in &credentials {
                let url = format!("{}/admin{path}?token={TOKEN}", node.base);
                let headers = [(*name, value.as_str()), ("Origin", "https://app.test"), ("X-HTTP-Method", method)];
                let response = Browser::new().send(method, &url, &headers, Vec::new()).await;
                assert!(is_refusal(&response), "{method} {path} {value}: {} {}", response.status, response.text());
                assert!(!response.headers.keys().any(|name| name.as_str().starts_with("access-control")));
                bodies.extend((method != "HEAD").then(|| response.text()));
            }
        }
    }
    assert_eq!(bodies.len(), 1, "the answer is constant: {bodies:?}");
    assert_eq!(app.row_counts().await, before);
}

#[actix_web::test]
async fn operators_token_is_admitted_to_the_listed_methods_only() {
    let app = TestApp::new();
    let node = app.node_with(&settings()).await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    let before = app.row_counts().await;
    for path in paths(user_id(&session)) {
        for method in METHODS.into_iter().filter(|method| !is_inspector(method, &path)) {
            let fits = |(known, template): &&(&str, &str)| *known == method && paths_match(template, &path);
            if ROUTES.iter().any(|route| fits(&route)) {
                continue;
            }
            let response = ask(&node, method, &path, None).await;
            let is_known = ROUTES.iter().any(|(_, template)| paths_match(template, &path));
            let expected = if is_known { 405 } else { 404 };
            assert_eq!(response.status, expected, "{method} {path}: {}", response.text());
            assert_eq!(response.header("content-type"), Some("application/problem+json"), "{method} {path}");
            assert_eq!(response.header("cache-control"), Some("no-store"), "{method} {path}");
        }
    }
    assert_eq!(app.row_counts().await, before);
    let shown = ask(&node, "GET", &format!("/users/{}", user_id(&session)), None).await;
    assert_eq!((shown.status, &shown.json()["id"]), (200, &session["user"]["id"]));
    assert_eq!(shown.header("cache-control"), Some("no-store"));
}

fn paths_match(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(part, given)| *part == given || part.starts_with('{') && !given.is_empty())
}

#[actix_web::test]
async fn routes_do_not_exist_without_a_token() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    for path in paths(user_id(&session)) {
        for method in METHODS.into_iter().filter(|method| !is_inspector(method, &path)) {
            let status = ask(&node, method, &path, None).await.status;
            assert_eq!(status, 404, "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn tokens_are_replaced_by_a_reload() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&origin, "")).await;
    let served = vouchsafe.clone();
    let node = Node::at(origin.clone(), serve(listener, 1, move || served.routes()));
    let status = async || ask(&node, "GET", "/users", None).await.status;
    assert_eq!(status().await, 404);
    let another = settings().replace(TOKEN, &TOKEN.repeat(2));
    for (more, expected) in [(settings(), 200), (another, 401), (settings(), 200), (String::new(), 404)] {
        vouchsafe.reload(app.settings(&origin, &more)).await.expect("reloaded");
        assert_eq!(status().await, expected, "{more}");
    }
}

#[actix_web::test]
async fn guesses_of_a_client_are_limited() {
    let app = TestApp::new();
    let more = "server.trusted_proxies = ['127.0.0.0/8']\nrate_limit.admin_per_minute = 3\n";
    let node = app.node_with(&format!("{more}{}", settings())).await;
    let url = format!("{}/admin/users/nobody", node.base);
    let attempt = async |client: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("X-Forwarded-For", client), ("Authorization", bearer.as_str())];
        Browser::new().send("GET", &url, &headers, Vec::new()).await
    };
    for _ in 0..3 {
        assert_eq!(attempt("198.51.100.7", "wrong").await.status, 401);
    }
    for token in ["wrong", TOKEN] {
        let refused = attempt("198.51.100.7", token).await;
        assert_eq!((refused.status, refused.header("retry-after")), (429, Some("21")), "{token}");
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    }
    assert_eq!(attempt("198.51.100.8", TOKEN).await.status, 400, "another client has its own budget");
    app.wait(20);
    assert_eq!(attempt("198.51.100.7", TOKEN).await.status, 400);
}
