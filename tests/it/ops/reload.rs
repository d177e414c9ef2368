//! Reloading the settings of a node that answers requests: nothing that is under way is lost, and what is faulty changes
//! nothing.

use std::cell::Cell;

use futures_util::future::join;
use futures_util::stream::{self, StreamExt as _};
use vouchsafe::{ReloadError, Settings, Vouchsafe};
use vouchsafe_simulator::SimulatedProvider;

use crate::ops::cli::run;
use crate::support::app::{Node, TestApp, access_token, listen, parameter, refresh_token, serve};
use crate::support::browser::Browser;
use crate::support::service::{Service, wait_until};

/// A node and the app that it serves.
struct Reloadable {
    app: TestApp,
    node: Node,
    vouchsafe: Vouchsafe,
}

impl Reloadable {
    async fn new(more: &str) -> Self {
        let app = TestApp::new();
        let (listener, origin) = listen();
        let vouchsafe = app.build(app.settings(&origin, more)).await;
        let served = vouchsafe.clone();
        let handle = serve(listener, 2, move || served.routes());
        Self { app, node: Node::at(origin, handle), vouchsafe }
    }

    /// Reloads with other settings.
    async fn reload(&self, more: &str, edit: impl Fn(String) -> String) -> Vec<&'static str> {
        let text = edit(self.app.settings_text(&self.node.base, more));
        let settings = Settings::from_toml(&text).expect("settings");
        self.vouchsafe.reload(settings).await.expect("reloaded").needs_restart
    }

    /// The status of `GET /user` with an access token.
    async fn user(&self, token: &str) -> u16 {
        Browser::new().get_as(&format!("{}/user", self.node.base), token).await.status
    }
}

fn unchanged(text: String) -> String {
    text
}

/// The text without the section of a provider.
fn without(text: &str, provider: &str) -> String {
    let head = format!("[providers.{provider}]");
    let begin = text.find(&head).expect("the section");
    let end = text[begin + 1..].find("[providers.").map_or(text.len(), |at| begin + 1 + at);
    format!("{}{}", &text[..begin], &text[end..])
}

#[actix_web::test]
async fn no_sign_in_is_lost_in_twenty_reloads() {
    const SIGN_INS: usize = 200;
    const RELOADS: usize = 20;
    // How many requests are under way at once; the flows are all open.
    const AT_ONCE: usize = 16;
    let fixture = Reloadable::new("").await;
    let (node, steps) = (&fixture.node, &Cell::new(0));
    let begin = |number: usize| async move {
        let (mut browser, provider) = (Browser::new(), ["github", "google"][number % 2]);
        let callback = node.authorize(&mut browser, provider, "", &format!("user-{}", number + 1)).await;
        steps.set(steps.get() + 1);
        (browser, callback)
    };
    let finish = |(mut browser, callback): (Browser, String)| async move {
        let target = browser.get(&callback).await.location_url();
        steps.set(steps.get() + 1);
        let session = node.session_of(&mut browser, &target).await;
        let refreshed = node.refresh(&browser, refresh_token(&session)).await;
        assert_eq!(refreshed.status, 200, "{}", refreshed.text());
    };
    let sign_ins = async {
        let waiting: Vec<_> = stream::iter(0..SIGN_INS).map(begin).buffer_unordered(AT_ONCE).collect().await;
        stream::iter(waiting).map(finish).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    };
    let reloads = async {
        for number in 0..RELOADS {
            let due = number * (2 * SIGN_INS / RELOADS);
            wait_until("sign-ins go on", async || steps.get() >= due).await;
            let more = format!("vault.ttl = '{}m'\nsession.refresh_grace = '{number}s'", 60 + number);
            assert!(fixture.reload(&more, unchanged).await.is_empty());
        }
    };
    join(sign_ins, reloads).await;
    assert_eq!(fixture.app.count("sessions").await, i64::try_from(SIGN_INS).expect("small"));
    assert_eq!(fixture.vouchsafe.settings().vault.ttl.as_secs(), 60 * 79);
}

#[actix_web::test]
async fn reload_adds_and_removes_providers() {
    let fixture = Reloadable::new("").await;
    let (node, app) = (&fixture.node, &fixture.app);
    let mut leaving = Browser::new();
    let [github, oidc] = [
        node.authorize(&mut leaving, "github", "", "mira").await,
        node.authorize(&mut leaving, "oidc", "", "mira").await,
    ];
    let start = |name: &str| format!("{}/signin/provider/{name}", node.base);
    let twitter = app.provider(SimulatedProvider::Twitter);
    let edit = |text: String| format!("{}{twitter}", without(&without(&text, "github"), "oidc"));
    assert!(fixture.reload("", edit).await.is_empty());

    for callback in [github, oidc] {
        let target = leaving.get(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("disabled-endpoint"), "{target}");
    }
    let session = node.session(&mut Browser::new(), "twitter", "mira").await;
    assert_eq!(fixture.user(access_token(&session)).await, 200);
    let refused = Browser::new().get(&start("github")).await.location_url();
    assert_eq!(parameter(&refused, "error").as_deref(), Some("disabled-endpoint"), "{refused}");
    assert_eq!(app.simulator.counts().github.token, 0, "no code was presented");
}

#[actix_web::test]
async fn changed_client_secret_is_used_by_flows_that_began_before() {
    let fixture = Reloadable::new("").await;
    let mut browser = Browser::new();
    let callback = fixture.node.authorize(&mut browser, "github", "", "mira").await;
    let secret = vouchsafe_simulator::CLIENT_SECRET;
    fixture.reload("", |text| text.replace(secret, "wrong")).await;
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "error").is_some(), "{target}");

    let callback = fixture.node.authorize(&mut browser, "github", "", "mira").await;
    fixture.reload("", unchanged).await;
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
}

#[actix_web::test]
async fn removed_return_url_is_refused_at_the_callback() {
    let fixture = Reloadable::new("").await;
    let mut browser = Browser::new();
    let query = "redirectTo=https://x.preview.test/back";
    let callback = fixture.node.authorize(&mut browser, "github", query, "mira").await;
    fixture.reload("", |text| text.replace("'https://*.preview.test', ", "")).await;
    let target = browser.get(&callback).await.location_url();
    assert!(target.as_str().starts_with("https://app.test/?"), "{target}");
    assert!(parameter(&target, "error").is_some() && parameter(&target, "refreshToken").is_none(), "{target}");
    assert_eq!(fixture.app.count("sessions").await, 0);
}

#[actix_web::test]
async fn keys_are_rotated_by_reload() {
    let key = |id: &str| {
        let (jwt, vault) = (id.repeat(32), id.repeat(64));
        (
            format!("{{ id = '{id}', algorithm = 'HS256', key = '{jwt}' }}"),
            format!("{{ id = '{id}', key = '{vault}' }}"),
        )
    };
    let keys = |ids: &[&str]| {
        let (jwt, vault): (Vec<_>, Vec<_>) = ids.iter().map(|id| key(id)).unzip();
        format!("keys = {{ jwt = [{}], vault = [{}] }}", jwt.join(", "), vault.join(", "))
    };
    let fixture = Reloadable::new(&keys(&["a"])).await;
    let mut waiting = Browser::new();
    let callback = fixture.node.authorize(&mut waiting, "github", "", "jonas").await;
    let old = fixture.node.session(&mut Browser::new(), "github", "mira").await;
    assert_eq!(fixture.user(access_token(&old)).await, 200);

    fixture.reload(&keys(&["b", "a"]), unchanged).await;
    assert_eq!(fixture.user(access_token(&old)).await, 200, "the token of before");
    assert_eq!(fixture.node.tokens(&Browser::new(), "github", &old).await.status, 200, "sealed before");
    let target = waiting.get(&callback).await.location_url();
    let new = fixture.node.session_of(&mut waiting, &target).await;
    let refreshed = fixture.node.refresh(&Browser::new(), refresh_token(&old)).await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());

    fixture.reload(&keys(&["b"]), unchanged).await;
    assert_eq!(fixture.user(access_token(&old)).await, 401, "its key was removed");
    assert_eq!(fixture.user(access_token(&new)).await, 200);
    let refreshed = refreshed.json();
    let again = fixture.node.refresh(&Browser::new(), refresh_token(&refreshed)).await;
    assert_eq!(again.status, 200, "its refresh token is of the new key: {}", again.text());
}

#[actix_web::test]
async fn origins_and_rules_for_new_users_are_reloaded() {
    let fixture = Reloadable::new("").await;
    let origin = [("Origin", "https://new.test")];
    let allowed = async || {
        let url = format!("{}/providers", fixture.node.base);
        let response = Browser::new().fetch("GET", &url, &origin, "").await;
        response.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(allowed().await, None);
    let edit = |text: String| text.replace("client = { ", "client = { allowed_origins = ['https://new.test'], ");
    fixture.reload("sign_up.create_on_sign_in = false", edit).await;
    assert_eq!(allowed().await.as_deref(), Some("https://new.test"));
    let target = fixture.node.sign_in(&mut Browser::new(), "github", "", "mira").await;
    assert!(parameter(&target, "error").is_some(), "{target}");
    assert_eq!(fixture.app.count("users").await, 0);
}

#[actix_web::test]
async fn settings_that_need_a_restart_are_named_and_stay() {
    let fixture = Reloadable::new("").await;
    let changed = fixture.reload("flow.max_active = 7\naufy.enabled = false", unchanged).await;
    assert_eq!(changed, ["aufy.enabled", "flow.max_active"]);
    let settings = fixture.vouchsafe.settings();
    assert!(settings.aufy.enabled && settings.flow.max_active != 7);

    let moved = fixture.app.settings("http://127.0.0.1:1", "");
    let refused = fixture.vouchsafe.reload(moved).await;
    assert!(matches!(refused, Err(ReloadError::NeedsRestart("server.public_url"))), "{refused:?}");
}

#[actix_web::test]
async fn provider_that_cannot_be_built_changes_nothing() {
    let fixture = Reloadable::new("").await;
    let mut settings = fixture.app.settings(&fixture.node.base, "sign_up.enabled = false");
    settings.keys.jwt = vec![vouchsafe::settings::JwtKey {
        id: None,
        algorithm: vouchsafe::settings::JwtAlgorithm::RS256,
        key: vouchsafe::Secret::new("nonsense"),
    }];
    assert!(matches!(fixture.vouchsafe.reload(settings).await, Err(ReloadError::Build(_))));
    assert!(fixture.vouchsafe.settings().sign_up.enabled);
    fixture.node.session(&mut Browser::new(), "github", "mira").await;
}

#[actix_web::test]
async fn hang_up_reloads_the_file_of_a_process() {
    let app = TestApp::new();
    let service = Service::start(&app, "").await;
    let mut browser = Browser::new();
    let callback = service.node.authorize(&mut browser, "github", "", "mira").await;

    service.edit_settings(|text| format!("{text}\n[providers.acme]\ntype = 'oidc'\n[sign_up]\nenabledd = true\n"));
    service.signal("HUP");
    wait_until("the faults are logged", async || service.log().contains("sign_up.enabledd")).await;
    let log = service.log();
    assert!(log.contains("settings not reloaded, the old ones stay: providers.acme"), "{log}");
    assert!(!log.contains("settings reloaded"), "{log}");

    service.edit_settings(|text| without(text.split("\n[providers.acme]").next().expect("a text"), "google"));
    service.signal("HUP");
    wait_until("it is reloaded", async || service.log().contains("settings reloaded")).await;
    let google = format!("{}/signin/provider/google", service.node.base);
    let refused = Browser::new().get(&google).await.location_url();
    assert_eq!(parameter(&refused, "error").as_deref(), Some("disabled-endpoint"), "{refused}");
    let target = browser.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");

    service.edit_settings(|text| text.replace("server.workers = 2", "server.workers = 3"));
    service.signal("HUP");
    wait_until("the rest is named", async || {
        service.log().contains("settings reloaded, except for those that need a restart: server.workers")
    })
    .await;
}

#[actix_web::test]
async fn reload_command_reports_what_the_service_did() {
    let app = TestApp::new();
    let token = "0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f";
    let more = format!("admin.token = 'mira:{token}'\nlog.level = 'info'\nsign_up.enabled = true");
    let service = Service::start(&app, &more).await;
    let reload = || run(service.folder(), &["reload"], &[]);
    let refused_callback = format!("{}/signin/provider/github/callback?state=x&code=c", service.node.base);
    Browser::new().peek(&refused_callback).await;
    assert!(!service.log().contains("DEBUG"), "{}", service.log());

    service
        .edit_settings(|text| text.replace("'info'", "'debug'").replace("sign_up.enabled = true", "flow.ttl = '5m'"));
    let done = reload();
    let expected = "the settings were reloaded\nflow.ttl has changed, which needs a restart\n";
    assert_eq!((done.code, done.out.as_str()), (0, expected), "{}", done.err);
    assert!(service.log().contains("actor=admin:mira"), "{}", service.log());
    Browser::new().peek(&refused_callback).await;
    wait_until("the log level has changed", async || service.log().contains("DEBUG")).await;

    service.edit_settings(|text| text.replace("'debug'", "'loud'").replace("flow.ttl = '5m'", "flow.tttl = '5m'"));
    let faulty = reload();
    assert_eq!((faulty.code, faulty.out.as_str()), (1, ""));
    assert!(faulty.err.contains("log.level: ") && faulty.err.contains("flow.tttl: "), "{}", faulty.err);

    // A key that only its use shows to be none.
    let key = "keys = { jwt = [{ algorithm = 'RS256', key = 'nonsense' }] }";
    service.edit_settings(|text| text.replace("'loud'", "'debug'").replace("flow.tttl = '5m'", key));
    let refused = reload();
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("keys.jwt[0]"), "{}", refused.err);
    service.node.session(&mut Browser::new(), "github", "mira").await;
    assert!(![done, faulty, refused].iter().any(|run| format!("{}{}", run.out, run.err).contains(token)));
}

#[test]
fn reload_command_without_token_or_service_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let without = run(folder.path(), &["reload"], &[]);
    assert!(without.code == 1 && without.err.contains("systemctl reload vouchsafe"), "{}", without.err);
    let token = "admin.token=0b5c9d1e7f3a4d6c8e2f1a0b9c8d7e6f";
    let nobody = run(folder.path(), &["reload", "--set", "server.bind=127.0.0.1:1", "--set", token], &[]);
    assert!(nobody.code == 1 && nobody.err.contains("does not answer"), "{}", nobody.err);
}
