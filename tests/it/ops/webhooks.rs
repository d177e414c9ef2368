//! Webhooks: real receivers on this machine, and signatures that `openssl` verifies.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::cli::run;
use crate::support::app::{Database, Node, START_TIME, TestApp, access_token, listen, refresh_token, serve};
use crate::support::browser::Browser;
use crate::support::service::wait_until;

/// 32 bytes each, as settings and as hexadecimal digits for `openssl`.
const SECRETS: [(&str, &str); 2] = [
    (
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ),
    (
        "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
        "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
    ),
];

/// A message that was received.
#[derive(Clone, Debug)]
struct Received {
    id: String,
    timestamp: String,
    signatures: Vec<String>,
    body: String,
}

impl Received {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn event(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

/// A receiver that answers with a status of the test's choice.
struct Receiver {
    origin: String,
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<AtomicU16>,
    handle: ServerHandle,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Receiver {
    /// Answers with this status; 0: never.
    fn start(status: u16) -> Self {
        let (listener, origin) = listen();
        let (received, status): (Arc<Mutex<Vec<Received>>>, _) = (Arc::default(), Arc::new(AtomicU16::new(status)));
        let (list, answer) = (Arc::clone(&received), Arc::clone(&status));
        let handle = serve(listener, 1, move || {
            let (list, answer) = (Arc::clone(&list), Arc::clone(&answer));
            let receive = move |request: HttpRequest, body: String| {
                let (list, answer) = (Arc::clone(&list), Arc::clone(&answer));
                async move {
                    let header = |name| request.headers().get(name).expect(name).to_str().expect("text").to_owned();
                    let signatures = header("webhook-signature").split(' ').map(str::to_owned).collect();
                    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
                    list.lock().expect("a list").push(Received { id, timestamp, signatures, body });
                    let Some(status) = Some(answer.load(Ordering::SeqCst)).filter(|status| *status > 0) else {
                        return std::future::pending().await;
                    };
                    let mut response = HttpResponse::build(StatusCode::from_u16(status).expect("a status"));
                    response.insert_header(("Location", "/hook")).finish()
                }
            };
            move |config: &mut web::ServiceConfig| {
                config.route("/hook", web::post().to(receive));
            }
        });
        Self { origin, received, status, handle }
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The settings of a webhook that is sent there.
    fn settings(&self, name: &str, more: &str) -> String {
        let [(first, _), (second, _)] = SECRETS;
        format!("[webhooks.{name}]\nurl = '{}/hook'\nsecret = '{first} {second}'\n{more}\n", self.origin)
    }

    /// What came, once there is as much; then it is forgotten.
    async fn next(&self, count: usize) -> Vec<Received> {
        let len = || self.received.lock().expect("a list").len();
        wait_until(&format!("{count} messages"), async || len() >= count).await;
        std::mem::take(&mut *self.received.lock().expect("a list"))
    }
}

fn signature(key: &str, message: &Received) -> String {
    let digest = ["dgst", "-sha256", "-mac", "HMAC", "-macopt", &format!("hexkey:{key}"), "-binary"];
    let mut hmac =
        Command::new("openssl").args(digest).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("openssl");
    let signed = format!("{}.{}.{}", message.id, message.timestamp, message.body);
    hmac.stdin.take().expect("an input").write_all(signed.as_bytes()).expect("written");
    let bytes = hmac.wait_with_output().expect("ended").stdout;
    assert_eq!(bytes.len(), 32);
    let mut base64 = Command::new("openssl")
        .args(["base64", "-A"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl");
    base64.stdin.take().expect("an input").write_all(&bytes).expect("written");
    String::from_utf8(base64.wait_with_output().expect("ended").stdout).expect("text")
}

async fn until_delivered(app: &TestApp) {
    wait_until("all are confirmed", async || app.count("webhook_messages").await == 0).await;
}

#[actix_web::test]
async fn webhook_is_signed_by_each_secret_and_tells_of_a_user_in_order() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let receiver = Receiver::start(204);
        let node = app.node_with(&receiver.settings("app", "")).await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        assert_eq!(node.tokens(&browser, "google", &session).await.status, 200);
        let sign_out = serde_json::json!({"refreshToken": refresh_token(&session)});
        assert_eq!(browser.post_json(&format!("{}/signout", node.base), &sign_out).await.status, 200);
        let messages = receiver.next(5).await;
        let types: Vec<_> = messages.iter().map(Received::event).collect();
        assert_eq!(types, ["user.created", "tokens.stored", "user.signed_in", "tokens.taken", "session.ended"]);
        let ids: BTreeSet<_> = messages.iter().map(|message| &message.id).collect();
        assert_eq!(ids.len(), 5);
        for message in &messages {
            let expected = SECRETS.map(|(_, key)| format!("v1,{}", signature(key, message)));
            assert_eq!(message.signatures, expected, "{message:?}");
            assert_eq!(message.timestamp, START_TIME.seconds().to_string());
            let body = message.json();
            assert_eq!(
                (&body["data"]["user_id"], &body["timestamp"]),
                (&session["user"]["id"], &"2027-01-15T08:00:00.000Z".into())
            );
            for secret in [access_token(&session), refresh_token(&session), "mira@example.org", "Mira", "whsec_"] {
                assert!(!message.body.contains(secret), "{}", message.body);
            }
        }
        assert_eq!(messages[4].json()["data"]["reason"], "signed_out");
        until_delivered(&app).await;
    }
}

#[actix_web::test]
async fn message_is_repeated_by_another_node_until_it_is_confirmed() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let receiver = Receiver::start(302);
        let settings = receiver.settings("app", "events = ['user.created', 'sign_in.failed', 'user.erased']");
        let node = app.node_with(&settings).await;
        node.session(&mut Browser::new(), "google", "mira").await;
        let first = receiver.next(1).await;
        wait_until("the failure is noted", async || {
            app.query("SELECT COUNT(*) FROM webhook_messages WHERE last_error LIKE '%status 302%'").await == 1
        })
        .await;
        assert_eq!(receiver.received.lock().expect("a list").len(), 0, "the redirect is not followed");
        drop(node);

        receiver.answer(200);
        app.wait(10);
        let _other = app.node_with(&settings).await;
        let again = receiver.next(1).await;
        assert_eq!((&again[0].id, &again[0].body), (&first[0].id, &first[0].body));
        assert_ne!(again[0].timestamp, first[0].timestamp, "the time is that of the attempt");
        assert_eq!(again[0].signatures[0], format!("v1,{}", signature(SECRETS[0].1, &again[0])));
        until_delivered(&app).await;
    }
}

#[actix_web::test]
async fn message_fails_after_a_day_and_is_sent_again_by_command() {
    let app = TestApp::new();
    let receiver = Receiver::start(500);
    let settings = receiver.settings("app", "events = ['user.created']");
    let node = app.node_with(&settings).await;
    node.session(&mut Browser::new(), "google", "mira").await;
    let created = receiver.next(1).await.remove(0);
    let (id, user) = (created.id.clone(), created.json()["data"]["user_id"].as_str().expect("an id").to_owned());
    wait_until("the failure is noted", async || {
        app.query("SELECT COUNT(*) FROM webhook_messages WHERE last_error IS NOT NULL").await == 1
    })
    .await;
    app.wait(24 * 3600);
    receiver.next(1).await;
    let failed = "SELECT COUNT(*) FROM webhook_messages WHERE failed_at IS NOT NULL";
    wait_until("it has failed", async || app.query(failed).await == 1).await;

    std::fs::write(app.folder().join("v.toml"), app.settings_text(&node.base, &settings)).expect("written");
    let webhooks =
        |arguments: &[&str]| run(app.folder(), &[&["webhooks"][..], arguments, &["--config", "v.toml"]].concat(), &[]);
    let listed = webhooks(&["list", "--failed", "--json"]);
    let listed: Value = serde_json::from_str(&listed.out).unwrap_or_else(|_| panic!("{}{}", listed.out, listed.err));
    assert_eq!((&listed[0]["id"], &listed[0]["attempts"], &listed[1]), (&id.clone().into(), &2.into(), &Value::Null));
    assert_eq!(listed[0]["last_error"], "the receiver answered with status 500");
    receiver.answer(200);
    let retried = webhooks(&["retry", &id]);
    assert_eq!((retried.code, retried.out.as_str()), (0, "1 messages are sent again\n"), "{}", retried.err);
    assert_eq!(receiver.next(1).await[0].id, id);
    until_delivered(&app).await;
    assert_eq!(webhooks(&["retry", &id]).code, 1, "there is no such message any more");
    assert_eq!(webhooks(&["list"]).out, "no messages\n");

    // The running service sends what a command stores.
    std::fs::write(app.folder().join("v.toml"), app.settings_text(&node.base, &receiver.settings("app", "")))
        .expect("written");
    let disabled = run(app.folder(), &["users", "disable", &user, "--config", "v.toml"], &[]);
    assert_eq!(disabled.code, 0, "{}", disabled.err);
    let ended = receiver.next(1).await[0].json();
    assert_eq!((&ended["type"], &ended["data"]["reason"]), (&"session.ended".into(), &"user_disabled".into()));
}

#[actix_web::test]
async fn receiver_that_never_answers_delays_neither_sign_ins_nor_other_receivers() {
    let app = TestApp::new();
    let (slow, quick) = (Receiver::start(0), Receiver::start(200));
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&origin, "")).await;
    let served = vouchsafe.clone();
    let node = Node::at(origin.clone(), serve(listener, 2, move || served.routes()));
    // A reload brings the webhooks.
    let more = slow.settings("slow", "") + &quick.settings("quick", "events = ['user.created', 'sign_in.failed']");
    vouchsafe.reload(app.settings(&origin, &more)).await.expect("reloaded");
    for number in 0..10 {
        node.session(&mut Browser::new(), "google", &format!("user-{number}")).await;
    }
    let created = quick.next(10).await;
    assert!(created.iter().all(|message| message.event() == "user.created"), "{created:?}");
    app.simulator.fail(
        vouchsafe_simulator::SimulatedProvider::Github,
        vouchsafe_simulator::Failure::ServerError(vouchsafe_simulator::Endpoint::Token),
    );
    node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    let failed = quick.next(1).await[0].json();
    assert_eq!((&failed["type"], &failed["data"]["cause"]), (&"sign_in.failed".into(), &"provider-broken".into()));
    let waiting = app.query("SELECT COUNT(*) FROM webhook_messages WHERE webhook = 'slow'").await;
    assert_eq!(waiting, 31, "none was confirmed");
}
