//! A sign-in server of its own, without the command line: for a binary with your own logger, arguments and metrics.
//!
//! Run it with `cargo run --example standalone`, open <http://127.0.0.1:4002/> and sign in on the demo page. Providers are
//! simulated. `SIGHUP` reads `vouchsafe.toml` again, where it exists.

use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};
use vouchsafe::{METRICS_CONTENT_TYPE, Settings, Vouchsafe};

const SETTINGS: &str = r#"
mode = "development"
[server]
bind = "127.0.0.1:4002"
public_url = "http://127.0.0.1:4002"
"#;

fn settings() -> Result<Settings, String> {
    let text = std::fs::read_to_string("vouchsafe.toml").unwrap_or_else(|_| SETTINGS.to_owned());
    Settings::from_toml(&text).map_err(|error| error.to_string())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    env_logger::init();
    let vouchsafe = Vouchsafe::builder(settings()?).load_settings(settings).build().await?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let reloaded = vouchsafe.clone();
    actix_web::rt::spawn(async move {
        while hang_up.recv().await.is_some() {
            if let Err(error) = reloaded.reload_from_source().await {
                log::error!("nothing was reloaded: {error}");
            }
        }
    });
    let (bind, workers) = (vouchsafe.settings().server.bind, vouchsafe.workers());
    HttpServer::new(move || {
        let measured = vouchsafe.clone();
        let metrics = move || {
            let text = measured.metrics();
            async move { HttpResponse::Ok().content_type(METRICS_CONTENT_TYPE).body(text) }
        };
        App::new().route("/metrics", web::get().to(metrics)).configure(vouchsafe.routes())
    })
    .workers(workers)
    .bind(bind)?
    .run()
    .await?;
    Ok(())
}
