//! Routes that the host leaves out.

use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::Value;

use crate::support::app::{Node, TestApp, access_token, listen, parameter, serve};
use crate::support::browser::Browser;

#[actix_web::test]
async fn routes_that_are_left_out_are_the_hosts() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&format!("{origin}/auth"), "")).await;
    let server = HttpServer::new(move || {
        let leaves_out = |path: &str| path.contains("/signup/") || path.contains("/link/") || path == "/admin";
        let routes = vouchsafe.routes_where(move |path| !leaves_out(path));
        App::new()
            .service(web::scope("/auth").configure(routes))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("the host's own page") }))
    });
    let server = server.workers(1).disable_signals().listen(listener).expect("listening").run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let node = Node::at(format!("{origin}/auth"), handle);
    let browser = &mut Browser::new();
    for path in [
        "signup/provider/google",
        "v1/signup/provider/google",
        "link/confirm",
        "api/auth/signup/external",
        "api/account/link/external",
        "admin/users",
        "v1/nothing",
    ] {
        let response = browser.peek(&format!("{}/{path}", node.base)).await;
        assert_eq!((response.status, response.text().as_str()), (404, "the host's own page"), "{path}");
    }
    for path in ["healthz", "v1/.well-known/jwks.json", "api/auth/external/providers"] {
        assert_eq!(browser.peek(&format!("{}/{path}", node.base)).await.status, 200, "{path}");
    }
    node.session(browser, "google", "mira").await;
    node.enter(&mut Browser::new(), "google", "mira").await;
}

#[actix_web::test]
async fn demo_and_simulated_providers_work_below_a_path() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let mut settings = app.settings(&format!("{origin}/auth"), "");
    settings.providers.clear();
    settings.development.simulator = true;
    let vouchsafe = app.build(settings).await;
    let handle = serve(listener, 1, move || {
        let routes = vouchsafe.routes();
        move |config: &mut web::ServiceConfig| {
            config.service(web::scope("/auth").configure(routes));
        }
    });
    let node = Node::at(format!("{origin}/auth"), handle);
    let browser = &mut Browser::new();
    for path in ["", "demo/demo.js", "demo/demo.css", "demo/sign_in.js"] {
        assert_eq!(browser.peek(&format!("{}/{path}", node.base)).await.status, 200, "{path}");
    }
    let page = browser.peek(&format!("{}/", node.base)).await.text();
    assert!(page.contains(r#"data-name="twitter" data-label="X" data-simulated"#), "{page}");
    finds_its_own_sign_in(&app, &node).await;
    fails_once_as_chosen(&node).await;
}

/// Two users sign in; each is told of their own flow, and of none that began before.
async fn finds_its_own_sign_in(app: &TestApp, node: &Node) {
    let flow = async |session: &Value, since: &str| {
        let url = format!("{}/demo/flow?provider=google&since={since}", node.base);
        Browser::new().get_as(&url, access_token(session)).await.json()["flow"].clone()
    };
    let (mira, rosa) = (&mut Browser::new(), &mut Browser::new());
    let left_at = "2027-01-15T08:00:00Z";
    let (mira, rosa) = (node.session(mira, "google", "mira").await, node.session(rosa, "google", "rosa").await);
    let (first, second) = (flow(&mira, left_at).await, flow(&rosa, left_at).await);
    assert!(first.as_str().is_some_and(|id| id.len() == 16) && first != second, "{first} {second}");
    app.clock.advance(Duration::from_secs(60));
    assert_eq!(flow(&mira, "2027-01-15T08:00:30Z").await, Value::Null);
    let again = node.session(&mut Browser::new(), "google", "mira").await;
    assert_ne!(flow(&again, "2027-01-15T08:00:30Z").await, first);
    let url = format!("{}/demo/flow?since={left_at}", node.base);
    assert_eq!(Browser::new().peek(&url).await.status, 400, "without a token");
}

/// The next sign-in fails, the one after it does not. Pages of other origins may not ask for that.
async fn fails_once_as_chosen(node: &Node) {
    let url = format!("{}/demo/failures/google", node.base);
    let json = [("Content-Type", "application/json")];
    let put = async |body: &str| Browser::new().send("PUT", &url, &json, body.as_bytes().to_vec()).await.status;
    assert_eq!(put(r#"{"name":"nothing"}"#).await, 400);
    assert_eq!(put(r#"{"name":"bad_code"}"#).await, 204);
    let target = node.sign_in(&mut Browser::new(), "google", "", "mira").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
    node.session(&mut Browser::new(), "google", "mira").await;
    assert_eq!(put(r#"{"name":"bad_code"}"#).await, 204);
    assert_eq!(Browser::new().send("DELETE", &url, &[], Vec::new()).await.status, 204);
    node.session(&mut Browser::new(), "google", "mira").await;
    let asks = [("Origin", "https://elsewhere.test"), ("Access-Control-Request-Method", "PUT")];
    let answer = Browser::new().send("OPTIONS", &url, &asks, Vec::new()).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
