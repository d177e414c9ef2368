//! Receivers of webhooks that misbehave: what is noted of them, and that nobody else hears of their messages.

use super::check_log;
use super::lie::CANARY;
use super::provider::{End, HostileProvider, Reply, Wire};
use crate::support::app::Database;
use crate::support::browser::Browser;
use crate::support::process::{Process, real_time_app};
use crate::support::service::wait_until;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What a receiver does, and what is noted of its message; nothing if it was delivered.
type Row = (String, Option<&'static str>, Box<dyn Fn(&str) -> Reply>);

const LATE: Option<&str> = Some("the receiver did not answer in time");
const BROKEN: Option<&str> = Some("the receiver's answer broke off");

fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for status in [200, 201, 204] {
        rows.push((format!("answers {status}"), None, Box::new(move |_| Reply::of(status, "text/plain", ""))));
    }
    for (status, noted) in [
        (301, "status 301"),
        (302, "status 302"),
        (303, "status 303"),
        (307, "status 307"),
        (308, "status 308"),
        (400, "status 400"),
        (401, "status 401"),
        (410, "status 410"),
        (500, "status 500"),
    ] {
        rows.push((
            format!("answers {status}"),
            Some(noted),
            Box::new(move |origin| Reply {
                location: Some(format!("{origin}/elsewhere/hook")),
                ..Reply::of(status, "text/plain", format!("{CANARY}-answer"))
            }),
        ));
    }
    let wires: [(&str, Option<&str>, Wire); 5] = [
        ("says nothing", LATE, |_| (Vec::new(), End::Silence)),
        ("says half a head", LATE, |_| (b"HTTP/1.1 200 OK\r\nX".to_vec(), End::Silence)),
        ("closes at once", BROKEN, |_| (Vec::new(), End::Close)),
        ("is no HTTP", BROKEN, |_| (b"220 mail.test ESMTP\r\n\r\n".to_vec(), End::Close)),
        // Its word is enough, and the rest is not read.
        ("answers 200 without end", None, |reply| (reply.head(""), End::Repeat(&[b' '; 4096]))),
    ];
    for (name, noted, wire) in wires {
        let reply = move |_: &str| Reply { wire: Some(wire), ..Reply::of(200, "text/plain", "") };
        rows.push((name.to_owned(), noted, Box::new(reply)));
    }
    rows
}

/// Receivers that cannot be reached, or must not be.
const ELSEWHERE: [(&str, &str); 5] = [
    ("https://10.1.2.3/hook", "is in a private network"),
    ("https://169.254.169.254/latest/meta-data", "is in a private network"),
    ("https://[fd00::1]/hook", "is in a private network"),
    ("http://127.0.0.1:1/hook", "no connection to the receiver"),
    ("https://nowhere.invalid/hook", ""),
];

#[actix_web::test]
async fn receiver_that_misbehaves_is_noted_and_its_messages_go_nowhere_else() {
    let (rows, hostile) = (rows(), HostileProvider::new());
    let webhook = |name: &str, url: &str| {
        format!("[webhooks.{name}]\nurl = '{url}'\nsecret = '{SECRET}'\nevents = ['user.created']\n")
    };
    let mut settings = String::new();
    for (position, (_, _, reply)) in rows.iter().enumerate() {
        hostile.set(&format!("w{position}"), "hook", reply(&hostile.origin));
        settings += &webhook(&format!("w{position}"), &format!("{}/w{position}/hook", hostile.origin));
    }
    for (position, (url, _)) in ELSEWHERE.iter().enumerate() {
        settings += &webhook(&format!("e{position}"), url);
    }
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let process = Process::start(&app, "trace", |text| text.replace("timeout = '20s'", "timeout = '3s'") + &settings);
    let node = crate::support::app::Node::external(process.base.clone());
    node.session(&mut Browser::new(), "google", "mira").await;
    let undelivered = rows.iter().filter(|(_, noted, _)| noted.is_some()).count() + ELSEWHERE.len();
    wait_until("each was tried", async || {
        let noted = app.query("SELECT COUNT(*) FROM webhook_messages WHERE last_error IS NOT NULL").await;
        (noted, app.count("webhook_messages").await) == (undelivered as i64, undelivered as i64)
    })
    .await;
    let note = async |webhook: String| {
        let sql = format!("SELECT COALESCE(MAX(last_error), '') FROM webhook_messages WHERE webhook = '{webhook}'");
        app.text(&sql).await.unwrap_or_default()
    };
    for (position, (name, noted, _)) in rows.iter().enumerate() {
        let found = note(format!("w{position}")).await;
        assert!(found.ends_with(noted.unwrap_or_default()), "{name}: {found:?}");
        assert_eq!(found.is_empty(), noted.is_none(), "{name}: {found:?}");
        let hits = hostile.requests(&format!("w{position}")).hits;
        assert!(hits.contains_key("hook"), "{name}: {hits:?}");
    }
    for (position, (url, noted)) in ELSEWHERE.iter().enumerate() {
        let found = note(format!("e{position}")).await;
        assert!(!found.is_empty() && found.contains(noted), "{url}: {found:?}");
    }
    assert_eq!(hostile.requests("elsewhere").hits.len(), 0, "a redirect was followed");
    check_log(&process);
    let log = std::fs::read_to_string(&process.log).expect("a log");
    assert!(!log.contains(&SECRET["whsec_".len()..]), "the secret is in the log");
    println!("receivers of webhooks: {} rows", rows.len() + ELSEWHERE.len());
}
