//! Providers that lie when a backend's request (`POST /oauth/token`) causes the refresh of tokens that the service keeps: some
//! rows of the table of [`super::refresh`], with what the backend gets.

use serde_json::json;

use super::check_log;
use super::lie::{CANARY, Lie};
use super::provider::HostileProvider;
use super::refresh::{Fate, Row, begin_to_lie, name_of, sections, sign_in, stored, table};
use crate::security::token_exchange::{SECRET, basic, events, form, post, secret_hash};
use crate::support::app::{Database, Node, TestApp};
use crate::support::process::{Process, real_time_app};

/// The rows, by name.
const ROWS: [&str; 22] = [
    "id_token of another user, keeps",
    "id_token of another issuer, keeps",
    "id_token by another key, keeps",
    "id_token without a signature, keeps",
    "id_token with sub twice, keeps",
    "token_type: \"mac\", keeps",
    "token_type: \"mac\", revokes_on_reuse",
    "half of an answer, keeps",
    "half of an answer, revokes_on_reuse",
    "a page, keeps",
    "a page, revokes_on_reuse",
    "nothing, keeps",
    "2 MiB, keeps",
    "2 MiB, revokes_on_reuse",
    "access_token twice, keeps",
    "status 302, keeps",
    "status 307, keeps",
    "status 500, keeps",
    "status 400 with \"invalid_grant\"",
    "status 400 with \"<script>alert(1)</script>\"",
    "no id_token",
    "nothing",
];

/// A backend asks for a token while the provider lies.
async fn judge(node: &Node, app: &TestApp, hostile: &HostileProvider, honest: Lie, row: &Row, token: &str) {
    let provider = honest.row.clone();
    let lie = begin_to_lie(hostile, honest, row);
    let (before, _) = stored(app, &provider).await;
    let request = form(token, &[("audience", Some(&provider))]);
    let answer = post(node, &[("Authorization", &basic("worker", SECRET))], &request).await;
    let (after, state) = stored(app, &provider).await;
    // One for the code, one for the refresh; no redirect is followed.
    let hits = hostile.requests(&provider).hits;
    assert_eq!(["token", "other"].map(|endpoint| hits.get(endpoint).copied().unwrap_or(0)), [2, 0]);
    match row.fate {
        Fate::Refreshed => {
            assert_eq!((answer.status, &answer.json()["access_token"]), (200, &lie.token["access_token"]));
            assert!(before != after && state == "live" && answer.json()["refresh_token"].is_null());
            return;
        }
        Fate::PutOff => {
            answer.assert_oauth_error(503, "temporarily_unavailable");
            assert!(answer.header("retry-after").is_some(), "no time to try again");
            assert!(before == after && state == "live", "{state}");
        }
        Fate::Lost => {
            let body = answer.assert_oauth_error(400, "invalid_grant");
            let url = format!("{}/signin/provider/{provider}", node.base);
            assert!(body["url"].as_str().is_some_and(|found| found.starts_with(&url)), "{body}");
            assert_eq!(state, "needs_reauthorization");
        }
    }
    let text = answer.text();
    assert!(!text.contains(CANARY) && !text.contains("<script>"), "words of the provider: {text}");
}

#[actix_web::test]
async fn provider_that_lies_to_a_backend_gets_nothing_stored_and_its_words_not_passed_on() {
    let rows: Vec<_> = table().into_iter().filter(|row| ROWS.contains(&row.name.as_str())).collect();
    assert_eq!(rows.len(), ROWS.len(), "{:?}", rows.iter().map(|row| &row.name).collect::<Vec<_>>());
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let hostile = HostileProvider::new();
    let sections = sections(&hostile, &rows);
    let names: Vec<_> = (0..rows.len()).map(name_of).collect();
    let client = format!("clients.worker = {{ secret_sha256 = '{}', providers = {} }}", secret_hash(), json!(names));
    let process = Process::start(&app, "trace", |text| {
        let (top, providers) = text.split_at(text.find("\n[").expect("a table"));
        format!("{top}\ngrants.refresh_ahead = '0s'\n{client}\n{providers}{sections}")
    });
    let now = vouchsafe::Clock::now(&vouchsafe::SystemClock).seconds();
    let (node, honest) = (Node::external(process.base.clone()), |name: &str| Lie::honest(&hostile.origin, name, now));
    let mut sessions = Vec::new();
    for name in &names {
        sessions.push(sign_in(&process.base, &hostile, &honest(name)).await);
    }
    let before = app.row_counts().await;
    app.execute("UPDATE grants SET good_until = 1, updated_at = 1").await;
    for ((name, row), token) in names.iter().zip(&rows).zip(&sessions) {
        println!("{}", row.name);
        judge(&node, &app, &hostile, honest(name), row, token).await;
    }
    assert_eq!(app.row_counts().await, before);
    for (fate, outcome) in
        [(Fate::Refreshed, "done"), (Fate::PutOff, "temporarily_unavailable"), (Fate::Lost, "invalid_grant")]
    {
        let expected = rows.iter().filter(|row| row.fate == fate).count();
        assert_eq!(events(&app, "worker", outcome).await, i64::try_from(expected).expect("a number"), "{outcome}");
    }
    check_log(&process);
}
