//! Embeds Vouchsafe in an actix app: its routes below `/auth`, beside the app's own.
//!
//! Run it with `cargo run --example embedded` and open <http://127.0.0.1:4001/>.

use actix_web::{App, HttpResponse, HttpServer, Responder, web};
use vouchsafe::{Settings, Vouchsafe};

const SETTINGS: &str = r#"
mode = "development"
[server]
bind = "127.0.0.1:4001"
public_url = "http://127.0.0.1:4001/auth"
[client]
url = "http://127.0.0.1:4001/"
"#;

/// The app's own page, to which the browser returns with `?refreshToken=…` after a sign-in.
async fn home() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body("<!doctype html><title>My app</title><h1>My app</h1><a href='/auth/signin/provider/google'>Sign in with Google</a>")
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let vouchsafe = Vouchsafe::build(Settings::from_toml(SETTINGS)?).await?;
    let bind = vouchsafe.settings().server.bind;
    HttpServer::new(move || {
        App::new().route("/", web::get().to(home)).service(web::scope("/auth").configure(vouchsafe.routes()))
    })
    .bind(bind)?
    .run()
    .await?;
    Ok(())
}
