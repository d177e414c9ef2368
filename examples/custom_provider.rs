//! A provider that only this app has: its endpoints in code, and the profile fetched by a function of the app.
//!
//! Run it with `cargo run --example custom_provider` and open <http://127.0.0.1:4004/>. A simulated OAuth 2.0 provider stands
//! for Acme's.

use actix_web::{App, HttpServer, Responder, get, web};
use serde_json::{Value, json};
use vouchsafe::{CustomProvider, Secret, Settings, Unavailable, Vouchsafe};
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, Simulator};

const SETTINGS: &str = r#"
mode = "development"
[server]
bind = "127.0.0.1:4004"
public_url = "http://127.0.0.1:4004/auth"
[client]
url = "http://127.0.0.1:4004/"
"#;

/// What identifies the user, in two steps: Acme tells the name and the address apart. An email is verified only if Acme says so.
#[allow(clippy::disallowed_methods, reason = "an app has a client of its own")]
async fn acme_profile(url: String, token: Secret) -> Result<Value, Unavailable> {
    let failed = |error: &dyn std::fmt::Display| Unavailable(format!("{url}: {error}"));
    let request = awc::Client::default().get(&url).bearer_auth(token.expose());
    let mut answer = request.send().await.map_err(|error| failed(&error))?;
    if !answer.status().is_success() {
        return Err(failed(&answer.status()));
    }
    let profile: Value = answer.json().await.map_err(|error| failed(&error))?;
    let name = format!("{} of Acme", profile["name"].as_str().unwrap_or("Somebody"));
    Ok(json!({"id": profile["id"], "name": name, "email": profile["email"], "email_verified": false}))
}

#[get("/")]
async fn home() -> impl Responder {
    web::Html::new(
        r#"<!doctype html><title>My app</title><link rel="icon" href="data:,"><a href="auth/signin/provider/acme">Sign in with Acme</a>"#,
    )
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start()?;
    let at = simulator.endpoints(SimulatedProvider::Oauth2);
    let acme = CustomProvider::oauth2("acme", &at.authorize, &at.token, CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .label("Acme")
        .profile(move |token| acme_profile(at.userinfo.clone(), token));
    let vouchsafe = Vouchsafe::builder(Settings::from_toml(SETTINGS)?).provider(acme).build().await?;
    let bind = vouchsafe.settings().server.bind;
    HttpServer::new(move || App::new().service(web::scope("/auth").configure(vouchsafe.routes())).service(home))
        .bind(bind)?
        .run()
        .await?;
    Ok(())
}
