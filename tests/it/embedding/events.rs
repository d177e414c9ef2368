//! Events for actors of the host app.

use std::sync::{Arc, Mutex};

use actix::{Actor, ActorContext, Context, Handler, Recipient};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use vouchsafe::Clock;
use vouchsafe::UserId;
use vouchsafe::{Cause, Event, SessionEnd, Vouchsafe};
use vouchsafe_simulator::{Endpoint, Failure, SimulatedProvider};

use crate::support::app::{
    CHALLENGE, Database, Node, START_TIME, TestApp, VERIFIER, access_token, listen, parameter, refresh_token, serve,
};
use crate::support::browser::Browser;
use crate::support::service::wait_until;

/// Keeps what it is told. It handles an event only when it gets a permit.
struct Listener {
    heard: Arc<Mutex<Vec<Event>>>,
    permits: Arc<Semaphore>,
}

impl Actor for Listener {
    type Context = Context<Self>;
}

impl Handler<Event> for Listener {
    type Result = actix::ResponseFuture<()>;

    fn handle(&mut self, event: Event, _: &mut Self::Context) -> Self::Result {
        let (heard, permits) = (Arc::clone(&self.heard), Arc::clone(&self.permits));
        Box::pin(async move {
            permits.acquire().await.expect("open").forget();
            heard.lock().expect("a list").push(event);
        })
    }
}

/// A node that tells actors, and what they heard.
struct Host {
    app: TestApp,
    node: Node,
    vouchsafe: Vouchsafe,
    heard: Arc<Mutex<Vec<Event>>>,
}

impl Host {
    async fn new(database: Database, permits: usize) -> Option<Self> {
        let app = TestApp::on(database)?;
        let (heard, permits) = (Arc::default(), Arc::new(Semaphore::new(permits)));
        let listener = Listener { heard: Arc::clone(&heard), permits }.start();
        let (listening, origin) = listen();
        let settings = app.settings(&origin, "[admin]\ntoken = 'host:0123456789abcdef0123456789abcdef'");
        let clock = Arc::clone(&app.clock) as Arc<dyn Clock>;
        let stopped: Recipient<Event> = Stopped.start().recipient();
        let builder = Vouchsafe::builder(settings).clock(clock).events(stopped).events(listener.recipient());
        let vouchsafe = builder.build().await.expect("built");
        let served = vouchsafe.clone();
        let node = Node::at(origin, serve(listening, 2, move || served.routes()));
        Some(Self { app, node, vouchsafe, heard })
    }

    /// The next events, once there are as many.
    async fn next(&self, count: usize) -> Vec<Event> {
        let heard = || self.heard.lock().expect("a list").len();
        wait_until(&format!("{count} events"), async || heard() >= count).await;
        std::mem::take(&mut *self.heard.lock().expect("a list"))
    }

    async fn call(&self, method: &str, path: &str, bearer: &str, body: &Value) -> u16 {
        let authorization = format!("Bearer {bearer}");
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", "application/json")];
        let url = format!("{}{path}", self.node.base);
        Browser::new().send(method, &url, &headers, body.to_string().into_bytes()).await.status
    }

    /// The event of a refresh at Google.
    async fn refresh_provider_tokens(&self, session: &Value, token: &Value) -> Vec<Event> {
        let body = json!({"refreshToken": token});
        assert_eq!(self.call("POST", "/token/provider/google", access_token(session), &body).await, 200);
        self.next(1).await
    }

    async fn operate(&self, method: &str, path: &str) {
        let status = self.call(method, path, "0123456789abcdef0123456789abcdef", &json!({})).await;
        assert!((200..300).contains(&status), "{method} {path}: {status}");
    }
}

/// An actor that has stopped keeps nobody else from hearing.
struct Stopped;

impl Actor for Stopped {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.terminate();
    }
}

impl Handler<Event> for Stopped {
    type Result = ();

    fn handle(&mut self, _: Event, _: &mut Self::Context) {}
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.event_type().as_str()).collect()
}

fn user_of(session: &Value) -> UserId {
    UserId(session["user"]["id"].as_str().expect("an id").parse().expect("a UUID"))
}

#[actix_web::test]
async fn host_actor_hears_of_all_that_happens_to_a_user_in_order() {
    for database in Database::ALL {
        let Some(host) = Host::new(database, Semaphore::MAX_PERMITS).await else { continue };
        let (app, node) = (&host.app, &host.node);
        let mut browser = Browser::new();
        let first = node.session(&mut browser, "google", "mira").await;
        let user = user_of(&first);
        let heard = host.next(3).await;
        assert_eq!(names(&heard), ["user.created", "tokens.stored", "user.signed_in"]);
        assert!(heard.iter().all(|event| event.user_id() == Some(user) && event.at() == START_TIME), "{heard:?}");
        let Event::SignedIn { session_id: Some(session_id), ref provider, flow: Some(flow), .. } = heard[2] else {
            panic!("{heard:?}")
        };
        assert_eq!(provider.as_str(), "google");
        assert!(host.vouchsafe.flow(flow).await.expect("asked").is_some(), "the flow is on record");

        // The second sign-in is of a known user.
        let second = node.session(&mut Browser::new(), "google", "mira").await;
        assert_eq!(names(&host.next(2).await), ["tokens.stored", "user.signed_in"]);
        let tokens = node.tokens(&browser, "google", &first).await;
        assert_eq!(tokens.status, 200);
        let taken = host.next(1).await;
        assert!(matches!(taken[..], [Event::TokensTaken { session_id: by, .. }] if by == session_id), "{taken:?}");

        let refreshed = host.refresh_provider_tokens(&first, &tokens.json()["refreshToken"]).await;
        let provider = provider.clone();
        let (at, user_id) = (app.clock.now(), user);
        assert_eq!(refreshed, [Event::TokensRefreshed { at, user_id, session_id, provider }]);

        let connect = format!("connect={}", access_token(&first));
        assert_eq!(parameter(&node.connect(&mut browser, "github", &connect, "jonas").await, "error"), None);
        assert_eq!(names(&host.next(2).await), ["identity.linked", "tokens.stored"]);
        assert_eq!(host.call("DELETE", "/user/providers/github", access_token(&first), &json!({})).await, 200);
        assert_eq!(names(&host.next(1).await), ["identity.unlinked"]);

        // A code: the session begins later.
        let query = format!("codeChallenge={CHALLENGE}");
        let target = node.sign_in(&mut Browser::new(), "google", &query, "mira").await;
        let heard = host.next(2).await;
        assert!(matches!(heard[1], Event::SignedIn { session_id: None, .. }), "{heard:?}");
        let code = parameter(&target, "code").expect("a code");
        let exchange = json!({"code": code, "codeVerifier": VERIFIER});
        let third =
            browser.post_json(&format!("{}/token/exchange", node.base), &exchange).await.json()["session"].clone();

        // Sessions end in five ways.
        let sign_out = json!({"refreshToken": refresh_token(&second)});
        assert_eq!(host.call("POST", "/signout", access_token(&second), &sign_out).await, 200);
        let old = refresh_token(&third).to_owned();
        assert_eq!(node.refresh(&browser, &old).await.status, 200);
        app.wait(80);
        assert_eq!(node.refresh(&browser, &old).await.status, 401);
        host.operate("POST", &format!("/admin/users/{user}/sign-out")).await;
        node.session(&mut Browser::new(), "google", "mira").await;
        host.operate("POST", &format!("/admin/users/{user}/disable")).await;
        let ended = host.next(6).await;
        let reasons: Vec<_> = ended
            .iter()
            .filter_map(|event| match event {
                Event::SessionEnded { reason, .. } => Some(*reason),
                _ => None,
            })
            .collect();
        let expected = [SessionEnd::SignedOut, SessionEnd::TokenReused, SessionEnd::Operator, SessionEnd::UserDisabled];
        assert_eq!(reasons, expected, "{ended:?}");
        let refused = node.sign_in(&mut Browser::new(), "google", "", "mira").await;
        assert!(parameter(&refused, "error").is_some());
        let failed = host.next(1).await;
        assert!(matches!(failed[..], [Event::SignInFailed { cause: Cause::AccountDisabled, .. }]), "{failed:?}");
        assert!(host.vouchsafe.erase(user).await.expect("erased"));
        assert_eq!(host.next(1).await, [Event::UserErased { at: app.clock.now(), user_id: user }]);
    }
}

#[actix_web::test]
async fn host_actor_hears_of_failures_and_of_what_nobody_used() {
    let host = Host::new(Database::Sqlite, Semaphore::MAX_PERMITS).await.expect("SQLite is always available");
    let (app, node) = (&host.app, &host.node);
    app.simulator.fail(SimulatedProvider::Github, Failure::ServerError(Endpoint::Token));
    assert!(parameter(&node.sign_in(&mut Browser::new(), "github", "", "mira").await, "error").is_some());
    let failed = host.next(1).await;
    assert!(matches!(failed[..], [Event::SignInFailed { cause: Cause::ProviderBroken, .. }]), "{failed:?}");
    // Anybody can send these: nothing is told of them.
    let callback = node.authorize(&mut Browser::new(), "google", "", "mira").await;
    Browser::new().peek(&callback).await;
    let mut browser = Browser::new();
    let callback = node.authorize(&mut browser, "google", "", "mira").await;
    let of_another_issuer = callback.replace("simulator%2Fgoogle&code", "simulator%2Fother&code");
    assert_ne!(of_another_issuer, callback);
    browser.peek(&of_another_issuer).await;
    node.session(&mut Browser::new(), "google", "user-1").await;
    assert_eq!(names(&host.next(3).await), ["user.created", "tokens.stored", "user.signed_in"]);

    // Maintenance runs every minute of real time, but at the start of a node at once.
    app.wait(40 * 24 * 3600);
    let heard = Arc::clone(&host.heard);
    let listener = Listener { heard, permits: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)) }.start();
    let (listening, origin) = listen();
    let clock = Arc::clone(&app.clock) as Arc<dyn Clock>;
    let builder = Vouchsafe::builder(app.settings(&origin, "")).clock(clock).events(listener.recipient());
    let other = builder.build().await.expect("built");
    let _other = Node::at(origin, serve(listening, 2, move || other.routes()));
    let mut lost = names(&host.next(3).await);
    lost.sort_unstable();
    assert_eq!(lost, ["flow.abandoned", "session.ended", "tokens.lost"]);
    assert_eq!((app.count("sessions").await, app.count("vault_entries").await), (0, 0));
}

#[actix_web::test]
async fn actor_that_does_not_keep_up_slows_nobody_and_gets_its_events_later() {
    let app = TestApp::new();
    let (heard, permits): (Arc<Mutex<Vec<Event>>>, _) = (Arc::default(), Arc::new(Semaphore::new(0)));
    let listener = Listener { heard: Arc::clone(&heard), permits: Arc::clone(&permits) }.start();
    let (listening, origin) = listen();
    let builder = Vouchsafe::builder(app.settings(&origin, "")).events(listener.recipient());
    let vouchsafe = builder.clock(Arc::clone(&app.clock) as Arc<dyn Clock>).build().await.expect("built");
    let served = vouchsafe.clone();
    let node = Node::at(origin, serve(listening, 2, move || served.routes()));
    for number in 0..20 {
        node.session(&mut Browser::new(), "google", &format!("user-{number}")).await;
    }
    let count = |outcome: &str| {
        let series = format!("vouchsafe_events_total{{outcome=\"{outcome}\"}} ");
        let text = vouchsafe.metrics();
        text.lines().find_map(|line| line.strip_prefix(&series)).expect("a series").to_owned()
    };
    assert_eq!((count("delivered").as_str(), count("dropped").as_str()), ("0", "0"));
    permits.add_permits(60);
    wait_until("all are handled", async || heard.lock().expect("a list").len() == 60).await;
    wait_until("all are counted", async || count("delivered") == "60").await;
}
