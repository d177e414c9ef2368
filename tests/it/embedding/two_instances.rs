//! Embedding: two instances with different settings in one host app, beside its own routes and actors.

use actix::{Actor, Context, Handler, Message};
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::support::app::{TestApp, listen, parameter};
use crate::support::browser::Browser;

struct Counter(u32);

impl Actor for Counter {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "u32")]
struct Next;

impl Handler<Next> for Counter {
    type Result = u32;

    fn handle(&mut self, _: Next, _: &mut Context<Self>) -> u32 {
        self.0 += 1;
        self.0
    }
}

#[actix_web::test]
async fn two_instances_are_embedded_in_one_host_app() {
    let (north, south) = (TestApp::new(), TestApp::new());
    let (listener, origin) = listen();
    let in_north = north.build(north.settings(&format!("{origin}/north"), "session.claims_namespace = 'north'")).await;
    let in_south = south.build(south.settings(&format!("{origin}/south/v1"), "sign_up = { enabled = false }")).await;
    let counter = Counter(0).start();
    let server = HttpServer::new(move || {
        let count = |counter: web::Data<actix::Addr<Counter>>| async move {
            HttpResponse::Ok().json(counter.send(Next).await.expect("counted"))
        };
        App::new()
            .app_data(web::Data::new(counter.clone()))
            .route("/count", web::get().to(count))
            .service(web::scope("/north").configure(in_north.routes()))
            .service(web::scope("/south").configure(in_south.routes()))
            .default_service(web::to(|| async { HttpResponse::NotFound().body("the host's own page") }))
    })
    .workers(2)
    .disable_signals()
    .listen(listener)
    .expect("listening")
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);

    let mut browser = Browser::new();
    assert_eq!(browser.get(&format!("{origin}/count")).await.json(), 1);
    let mut ends = Vec::new();
    for mount in ["north", "south/v1"] {
        let start = browser.get(&format!("{origin}/{mount}/signin/provider/google")).await.location();
        let callback = browser.get(&format!("{start}&login=mira")).await.location();
        assert!(callback.starts_with(&format!("{origin}/{mount}/signin/provider/google/callback")), "{callback}");
        ends.push(callback);
    }
    // A flow of one instance is unknown to the other.
    let swapped = browser.peek(&ends[0].replace("/north/", "/south/v1/")).await.location_url();
    assert_eq!(parameter(&swapped, "error").as_deref(), Some("invalid-state"));
    let in_north = browser.get(&ends[0]).await.location_url();
    let in_south = browser.get(&ends[1]).await.location_url();
    assert!(parameter(&in_north, "refreshToken").is_some(), "{in_north}");
    assert_eq!(parameter(&in_south, "error").as_deref(), Some("signup-disabled"));
    assert_eq!((north.count("users").await, south.count("users").await), (1, 0));

    browser.peek(&format!("{origin}/north/nothing")).await.assert_error(404, "invalid-request");
    assert_eq!(browser.peek(&format!("{origin}/nothing")).await.text(), "the host's own page");
    assert_eq!(browser.get(&format!("{origin}/count")).await.json(), 2);
    drop(handle.stop(false));
}
