//! Two tenants in one process: each has its own settings, keys, tables and users, and signs in below its own path.
//!
//! Run it with `cargo run --example two_tenants` and open <http://127.0.0.1:4003/north/> or `/south/`. Providers are simulated.

use actix_web::{App, HttpServer, Responder, get, web};
use vouchsafe::{Settings, SignedInUser, Vouchsafe};

const TENANTS: [&str; 2] = ["north", "south"];

/// In development mode the keys are generated, beside the database.
fn settings(tenant: &str) -> Result<Settings, Box<dyn std::error::Error>> {
    let text = format!(
        r#"
mode = "development"
[server]
bind = "127.0.0.1:4003"
public_url = "http://127.0.0.1:4003/{tenant}/auth"
[client]
url = "http://127.0.0.1:4003/{tenant}/"
[development]
directory = "{tenant}"
"#
    );
    Ok(Settings::from_toml(&text)?)
}

/// One handler for all tenants. The scope in which it runs says whose users it means; tokens of others are refused.
#[get("/me")]
async fn me(user: SignedInUser) -> impl Responder {
    format!("{} <{}>", user.user.display_name, user.user.email.as_deref().unwrap_or("no email"))
}

#[get("/")]
async fn home() -> impl Responder {
    web::Html::new(
        r#"<!doctype html><title>My app</title><link rel="icon" href="data:,"><a href="auth/signin/provider/google">Sign in with Google</a>"#,
    )
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut tenants = Vec::new();
    for tenant in TENANTS {
        tenants.push((tenant, Vouchsafe::build(settings(tenant)?).await?));
    }
    HttpServer::new(move || {
        tenants.iter().fold(App::new(), |app, (tenant, vouchsafe)| {
            let auth = web::scope("/auth").configure(vouchsafe.routes());
            let own = web::scope(&format!("/{tenant}")).app_data(vouchsafe.clone());
            app.service(own.service(auth).service(me).service(home))
        })
    })
    .bind("127.0.0.1:4003")?
    .run()
    .await?;
    Ok(())
}
