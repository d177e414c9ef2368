//! What an embedding app uses: mounting, extractors, roles, users and sessions.

mod database;
mod events;
mod hooks;
mod larger_app;
mod paths;
mod provider;
mod roles_and_errors;
mod routes;
mod signed_in;
mod two_instances;
mod users;

use actix_web::{HttpResponse, Responder, web};
use serde_json::{Value, json};
use vouchsafe::{AccessError, Settings, SignedIn, SignedInUser, Vouchsafe, require_role};

use crate::support::app::{ISSUER, Node, TestApp, listen, serve};
use crate::support::browser::{Browser, Response};

async fn me(user: SignedIn) -> impl Responder {
    web::Json(json!({
        "user": user.user_id, "session": user.session_id, "roles": user.roles, "default": user.default_role,
        "team": user.claim("team"), "expires": user.expires_at.seconds(),
    }))
}

async fn profile(signed_in: SignedInUser) -> impl Responder {
    let SignedInUser { user, token, .. } = signed_in;
    web::Json(json!({"user": user.id, "token": token.user_id, "name": user.display_name, "email": user.email}))
}

async fn account(vouchsafe: web::Data<Vouchsafe>, user: SignedIn) -> impl Responder {
    let id = user.user_id;
    let found = vouchsafe.user(id).await.expect("read").expect("a user");
    let identities = vouchsafe.identities(id).await.expect("read");
    let sessions = vouchsafe.sessions(id).await.expect("read");
    web::Json(json!({
        "email": found.email, "roles": found.roles, "disabled": found.is_disabled,
        "identities": identities.iter().map(|one| (&one.provider, &one.subject)).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|one| one.id).collect::<Vec<_>>(),
    }))
}

async fn maybe(user: Option<SignedIn>) -> impl Responder {
    user.map_or_else(|| "anonymous".to_owned(), |user| user.user_id.to_string())
}

async fn outcome(user: Result<SignedInUser, AccessError>) -> impl Responder {
    match user {
        Ok(signed_in) => HttpResponse::Ok().body(signed_in.user.id.to_string()),
        Err(error) => HttpResponse::Ok().body(error.code()),
    }
}

/// Routes of the host below `path`, for the users of one instance.
fn host_routes(path: &str, vouchsafe: &Vouchsafe) -> actix_web::Scope {
    web::scope(path)
        .app_data(vouchsafe.clone())
        .app_data(web::Data::new(vouchsafe.clone()))
        .service(web::resource("/me").to(me))
        .route("/profile", web::get().to(profile))
        .route("/account", web::get().to(account))
        .route("/maybe", web::get().to(maybe))
        .route("/outcome", web::get().to(outcome))
        .service(web::scope("/admin").wrap(require_role("admin")).route("/me", web::get().to(me)))
}

/// A host app with one instance below `/auth` and routes of its own below `/api`.
struct Host {
    app: TestApp,
    node: Node,
    origin: String,
    vouchsafe: Vouchsafe,
}

impl Host {
    async fn new(more: &str) -> Self {
        Self::with(TestApp::new(), more).await
    }

    async fn with(app: TestApp, more: &str) -> Self {
        let (listener, origin) = listen();
        let vouchsafe = app.build(app.settings(&format!("{origin}/auth"), more)).await;
        let served = vouchsafe.clone();
        let handle = serve(listener, 2, move || {
            let vouchsafe = served.clone();
            move |config: &mut web::ServiceConfig| {
                config
                    .service(web::scope("/auth").configure(vouchsafe.routes()))
                    .service(host_routes("/api", &vouchsafe))
                    .service(web::scope("/forgotten").route("/me", web::get().to(me)));
            }
        });
        Self { app, node: Node::at(format!("{origin}/auth"), handle), origin, vouchsafe }
    }

    /// Serves another app with this instance.
    fn other_app(&self, configure: impl Fn(&mut web::ServiceConfig, &Vouchsafe) + Send + Clone + 'static) -> Node {
        let (listener, origin) = listen();
        let vouchsafe = self.vouchsafe.clone();
        let handle = serve(listener, 1, move || {
            let (vouchsafe, configure) = (vouchsafe.clone(), configure.clone());
            move |config: &mut web::ServiceConfig| configure(config, &vouchsafe)
        });
        Node::at(origin, handle)
    }

    fn url(&self, route: &str) -> String {
        format!("{}/api/{route}", self.origin)
    }

    async fn get(&self, route: &str, token: &str) -> Response {
        Browser::new().get_as(&self.url(route), token).await
    }
}

/// The settings of an instance that differs from others of the same app only by its issuer, which is its URL.
fn settings_with_own_issuer(app: &TestApp, url: &str, more: &str) -> Settings {
    let text = app.settings_text(url, more).replace(&format!("session.issuer = '{ISSUER}'\n"), "");
    Settings::from_toml(&text).expect("settings")
}

/// Asserts problem details of the host's routes.
#[track_caller]
fn assert_refused(response: &Response, status: u16, error: &str) {
    let body: Value = response.json();
    assert_eq!((response.status, body["error"].as_str()), (status, Some(error)), "{}", response.text());
    assert_eq!((body["status"].as_u64(), response.header("cache-control")), (Some(status.into()), Some("no-store")));
    let challenge = response.header("www-authenticate");
    assert_eq!(challenge.is_some(), status == 401 || error == "role-missing", "{challenge:?}");
}
