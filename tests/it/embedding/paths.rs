//! A host with routes of its own beside the mount: no spelling of a path gets from one to the other, and no header changes the
//! URLs that providers are given.

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::support::app::{Node, TestApp, listen, parameter};
use crate::support::browser::Browser;

#[actix_web::test]
async fn no_spelling_of_a_path_leaves_the_mount_or_enters_it() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&format!("{origin}/auth"), "")).await;
    let server = HttpServer::new(move || {
        App::new()
            .service(web::scope("/auth").configure(vouchsafe.routes()))
            .route("/private", web::get().to(|| async { HttpResponse::Ok().body("the host's secret") }))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("the host's own page") }))
    });
    let server = server.workers(1).disable_signals().listen(listener).expect("listening").run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let node = Node::at(origin.clone(), handle);
    let browser = Browser::new();
    // Within the mount: never the host's.
    for path in [
        "auth/../private",
        "auth/..%2fprivate",
        "auth/%2e%2e/private",
        "auth/%2e%2e%2fprivate",
        "auth/signin/provider/..%2f..%2f..%2fprivate",
        "auth//private",
        "auth/private",
        "auth/signin/provider/google/../../../../private",
        "auth/user;/../../private",
    ] {
        let answer = browser.send("GET", &format!("{origin}/{path}"), &[], Vec::new()).await;
        assert!(!answer.text().contains("the host's"), "{path}: {}", answer.text());
    }
    // Beside it: never ours.
    for path in ["authx/user", "auth%2fuser", "Auth/user", "/auth/user", "x/../auth%2f/user", "user", "%61uth%2Fuser"] {
        let answer = browser.send("GET", &format!("{origin}/{path}"), &[], Vec::new()).await;
        assert_eq!((answer.status, answer.text().as_str()), (404, "the host's own page"), "{path}");
    }
    assert_eq!(browser.send("GET", &format!("{origin}/auth/user"), &[], Vec::new()).await.status, 401);
    for (name, value) in [
        ("Host", "evil.localhost"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Original-URL", "/private"),
        ("X-Rewrite-URL", "/private"),
        ("X-Forwarded-Proto", "https"),
        ("Forwarded", "host=evil.test;proto=https"),
    ] {
        let url = format!("{}/auth/signin/provider/google", node.base);
        let answer = browser.send("GET", &url, &[(name, value)], Vec::new()).await;
        let redirect_uri = parameter(&answer.location_url(), "redirect_uri");
        assert_eq!(redirect_uri, Some(format!("{origin}/auth/signin/provider/google/callback")), "{name}");
        assert!(answer.cookies().iter().all(|cookie| !cookie.contains("evil")), "{name}");
    }
}
