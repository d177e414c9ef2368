//! `vouchsafe serve`: builds the app, mounts it, and answers until it is told to stop.
//!
//! Being told to stop is no reason to drop anything: first `/healthz` says no, so that a proxy sends nobody here any
//! more, then the door is closed, then what is in hand is answered, and all of it within `server.shutdown_timeout`.

use std::net::TcpListener;
use std::pin::pin;
use std::process::ExitCode;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::http::ConnectionType;
use actix_web::{App, HttpServer};
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use crate::app::Vouchsafe;
use crate::settings::{Mode, Settings};

/// What is logged unless `RUST_LOG` says otherwise. Anybody can send a cookie that does not open.
const DEFAULT_LOG_FILTER: &str = "info,actix_server=warn,sqlx=warn,sea_orm_migration=warn,actix_session=error";

/// How long actix may wait for what is in hand, in seconds: longer than any deadline, because that is ours.
const ACTIX_SHUTDOWN_TIMEOUT_SECONDS: u64 = 86_400;

/// Why the process ends.
enum Shutdown {
    /// SIGTERM, as a supervisor sends it: what is in hand is answered.
    Graceful,
    /// SIGINT or SIGQUIT, as a keyboard sends them.
    Immediate,
    /// An actor broke too often.
    Fatal,
}

/// Serves until the process is told to stop.
///
/// # Errors
/// Whatever kept it from starting.
pub(super) fn serve(settings: Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or(DEFAULT_LOG_FILTER)).init();
    actix_web::rt::System::new().block_on(run(settings))
}

async fn run(settings: Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    // Before anything is built: a port that is taken is the commonest reason not to start.
    let bind = settings.server.bind;
    let listener =
        TcpListener::bind(bind).map_err(|error| format!("server.bind: {bind} cannot be listened on: {error}"))?;
    let (shutdown_tx, mut shutdown_rx) = unbounded_channel();
    listen_for_signals(&shutdown_tx)?;
    let on_fatal = move || drop(shutdown_tx.send(Shutdown::Fatal));
    let vouchsafe = Vouchsafe::builder(settings).on_fatal(on_fatal).build().await?;
    let app = vouchsafe.clone();
    let server = HttpServer::new(move || {
        let health = app.health();
        App::new().configure(app.routes()).wrap_fn(move |request, service| {
            let health = health.clone();
            service.call(request).map(move |result| {
                let mut response = result?;
                // A connection that is kept would bring the next request to a closed door.
                if health.is_shutting_down() {
                    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(response)
            })
        })
    });
    let server = server
        .workers(vouchsafe.workers())
        .disable_signals()
        .shutdown_timeout(ACTIX_SHUTDOWN_TIMEOUT_SECONDS)
        .listen(listener)?
        .run();
    announce(vouchsafe.settings());
    let handle = server.handle();
    let mut serving = pin!(server);
    let reason = match select(serving.as_mut(), pin!(shutdown_rx.recv())).await {
        Either::Left((served, _)) => return Ok(served.map(|()| ExitCode::SUCCESS)?),
        Either::Right((reason, _)) => reason,
    };
    if !matches!(reason, Some(Shutdown::Immediate)) {
        select(serving, pin!(shut_down(&vouchsafe, &handle, &mut shutdown_rx))).await;
    }
    Ok(if matches!(reason, Some(Shutdown::Fatal)) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says so, closes the door, and waits for what is in hand: until the deadline, or until it is told once more.
async fn shut_down(vouchsafe: &Vouchsafe, handle: &ServerHandle, shutdown_rx: &mut UnboundedReceiver<Shutdown>) {
    let server = &vouchsafe.settings().server;
    vouchsafe.health().begin_shutdown();
    log::info!(delay:? = server.shutdown_delay, timeout:? = server.shutdown_timeout; "ending: what is in hand is answered first");
    let drained = pin!(async {
        sleep(server.shutdown_delay).await;
        handle.stop(true).await;
    });
    if !matches!(timeout(server.shutdown_timeout, select(drained, pin!(shutdown_rx.recv()))).await, Ok(Either::Left(_)))
    {
        log::warn!("ended before everything was answered");
    }
}

#[cfg(unix)]
fn listen_for_signals(shutdown_tx: &UnboundedSender<Shutdown>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals: [(SignalKind, fn() -> Shutdown); 3] = [
        (SignalKind::terminate(), || Shutdown::Graceful),
        (SignalKind::interrupt(), || Shutdown::Immediate),
        (SignalKind::quit(), || Shutdown::Immediate),
    ];
    for (kind, reason) in signals {
        let (mut stream, shutdown_tx) = (signal(kind)?, shutdown_tx.clone());
        actix_web::rt::spawn(
            async move { while stream.recv().await.is_some() && shutdown_tx.send(reason()).is_ok() {} },
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn listen_for_signals(shutdown_tx: &UnboundedSender<Shutdown>) -> std::io::Result<()> {
    let shutdown_tx = shutdown_tx.clone();
    actix_web::rt::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && shutdown_tx.send(Shutdown::Immediate).is_ok() {}
    });
    Ok(())
}

#[allow(clippy::print_stdout, reason = "somebody who has just started it wants to know where to go")]
fn announce(settings: &Settings) {
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
