//! `/admin/flows` and `vouchsafe flow`: what became of sign-ins.

use serde_json::Value;

use super::super::cli::{Run, run};
use super::{TOKEN, ask};
use crate::support::app::{Database, Node, TestApp, parameter};
use crate::support::browser::Browser;
use crate::support::process::real_time_app;
use crate::support::service::Service;

/// Denies consent; returns the flow that the browser is told.
async fn denied(node: &Node, provider: &str) -> String {
    let target = node.sign_in(&mut Browser::new(), provider, "", "deny").await;
    parameter(&target, "flow").expect("a flow")
}

#[actix_web::test]
async fn record_is_found_by_the_flow_of_the_error() {
    let app = TestApp::new();
    let node = app.node_with(&super::settings()).await;
    let flow = denied(&node, "google").await;
    let record = ask(&node, "GET", &format!("/flows/{flow}"), None).await;
    assert_eq!(record.status, 200, "{}", record.text());
    let record = record.json();
    assert_eq!((&record["cause"], &record["flow"]), (&Value::from("user-denied"), &Value::from(flow)));
    let last = record["timeline"].as_array().and_then(|events| events.last()).expect("events");
    assert_eq!((&last["event"], &last["detail"]), (&Value::from("failed"), &Value::from("denied")));
    ask(&node, "GET", "/flows/0123456789abcdef", None).await.assert_problem(404, "no record");
    ask(&node, "GET", "/flows/nonsense", None).await.assert_problem(400, "16 hexadecimal digits");
}

#[actix_web::test]
async fn list_is_filtered_and_limited() {
    let app = TestApp::new();
    let node = app.node_with(&super::settings()).await;
    let first = denied(&node, "google").await;
    app.wait(10);
    let second = denied(&node, "github").await;
    node.session(&mut Browser::new(), "google", "mira").await;
    let listed = async |query: &str| -> Vec<String> {
        let body = ask(&node, "GET", &format!("/flows{query}"), None).await.json();
        let flows = body["flows"].as_array().unwrap_or_else(|| panic!("{body}"));
        flows.iter().map(|flow| flow["flow"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(listed("").await.len(), 3);
    assert_eq!(listed("?outcome=ended").await, [second.clone(), first.clone()], "the newest first");
    assert_eq!(listed("?outcome=ended&limit=1").await, std::slice::from_ref(&second));
    assert_eq!(listed("?provider=google&outcome=ended").await, [first]);
    assert_eq!(listed("?outcome=ended&since=2027-01-15T08:00:05Z").await, [second]);
    for bad in ["outcome=lost", "limit=0", "limit=501", "provider=A%20B", "since=yesterday"] {
        assert_eq!(ask(&node, "GET", &format!("/flows?{bad}"), None).await.status, 400, "{bad}");
    }
}

#[actix_web::test]
async fn command_explains_a_flow_or_says_what_to_do() {
    let app = real_time_app(Database::Sqlite).expect("SQLite is always available");
    let file = app.folder().join("operators");
    std::fs::write(&file, format!("mira:{TOKEN}\n")).expect("written");
    let service = Service::start(&app, &format!("admin.token_file = '{}'", file.display())).await;
    let bind = service.node.base.trim_start_matches("http://").to_owned();
    let flow = denied(&service.node, "google").await;
    let command = |arguments: &[&str]| -> Run {
        let bind = format!("server.bind={bind}");
        run(app.folder(), &[&["flow"], arguments, &["--set", &bind]].concat(), &[])
    };
    let file = file.display().to_string();
    let text = command(&[&flow, "--token-file", &file]);
    assert_eq!((text.code, text.err.as_str()), (0, ""), "{}", text.out);
    for part in [&format!("Flow {flow} at google"), "Outcome: ended (user-denied)", "failed: denied"] {
        assert!(text.out.contains(part), "{part} in {}", text.out);
    }
    let json = command(&[&flow, "--json", "--token-file", &file]);
    assert_eq!(serde_json::from_str::<Value>(&json.out).expect("JSON")["cause"], "user-denied");
    let unknown = command(&["0123456789abcdef", "--token-file", &file]);
    assert!(unknown.code == 1 && unknown.err.contains("no record"), "{}", unknown.err);
    let without = command(&[&flow]);
    assert!(without.code == 1 && without.err.contains("set admin.token_file"), "{}", without.err);
    assert_ne!(command(&["nonsense"]).code, 0);
    drop(service);
    let gone = command(&[&flow, "--token-file", &file]);
    assert!(gone.code == 1 && gone.err.contains("is the service running"), "{}", gone.err);
}
