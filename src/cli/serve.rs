//! `vouchsafe serve`: builds the house, mounts it, and answers until it is told to stop.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::{App, HttpServer};

use crate::app::Vouchsafe;
use crate::settings::{Mode, Settings};

/// What is logged unless `RUST_LOG` says otherwise. Anybody can send a cookie that does not open.
const LOG: &str = "info,actix_server=warn,sqlx=warn,sea_orm_migration=warn,actix_session=error";

/// Serves until the process is told to stop.
///
/// # Errors
/// Whatever kept it from starting.
pub(super) fn serve(settings: Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(LOG)).init();
    actix_web::rt::System::new().block_on(run(settings))
}

async fn run(settings: Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    // Before anything is built: a port that is taken is the commonest reason not to start.
    let bind = settings.server.bind;
    let listener =
        TcpListener::bind(bind).map_err(|error| format!("server.bind: {bind} cannot be listened on: {error}"))?;
    let gave_up = Arc::new(AtomicBool::new(false));
    let (flag, bell) = (Arc::clone(&gave_up), Arc::new(tokio::sync::Notify::new()));
    let ring = Arc::clone(&bell);
    let vouchsafe = Vouchsafe::builder(settings)
        .on_giving_up(move || {
            flag.store(true, Ordering::Release);
            ring.notify_one();
        })
        .build()
        .await?;
    let house = vouchsafe.clone();
    let server = HttpServer::new(move || App::new().configure(house.routes()))
        .workers(vouchsafe.workers())
        .listen(listener)?
        .run();
    greet(vouchsafe.settings());
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        bell.notified().await;
        handle.stop(true).await;
    });
    server.await?;
    Ok(if gave_up.load(Ordering::Acquire) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[allow(clippy::print_stdout, reason = "somebody who has just started it wants to know where to go")]
fn greet(settings: &Settings) {
    let (base, bind) = (settings.server.public_base(), settings.server.bind);
    match settings.mode {
        Mode::Production => log::info!(bind:%, public_url = base; "vouchsafe is ready"),
        Mode::Development => {
            let origin = settings.server.public_url.origin().ascii_serialization();
            println!(
                "\n  Vouchsafe {} in development mode\n\n  Open      {origin}/\n  Clients   {origin}/v1\n  Data      {}\n\n  \
                 Providers are simulated, keys are generated, only this machine is answered.\n",
                env!("CARGO_PKG_VERSION"),
                settings.development.directory.display(),
            );
        }
    }
}
