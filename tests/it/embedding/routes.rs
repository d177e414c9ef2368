//! Routes that the host leaves out.

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::support::app::{Node, TestApp, listen, serve};
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
    for path in ["", "demo/demo.js", "demo/demo.css", "demo/providers"] {
        assert_eq!(browser.peek(&format!("{}/{path}", node.base)).await.status, 200, "{path}");
    }
    node.session(browser, "google", "mira").await;
}
