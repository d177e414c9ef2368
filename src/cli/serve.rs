//! `vouchsafe serve`: builds the house, mounts it, and answers until it is told to stop.
//!
//! Being told to stop is no reason to drop anything: first `/healthz` says no, so that a proxy sends nobody here any
//! more, then the door is closed, then what is in hand is answered, and all of it within `server.drain`.

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
const LOG: &str = "info,actix_server=warn,sqlx=warn,sea_orm_migration=warn,actix_session=error";

/// How long actix may wait for what is in hand, in seconds: longer than any deadline, because that is ours.
const LONG: u64 = 86_400;

/// Why it ends.
enum End {
    /// SIGTERM, as a supervisor sends it: what is in hand is answered.
    Politely,
    /// SIGINT or SIGQUIT, as a keyboard sends them.
    AtOnce,
    /// An actor broke too often.
    GaveUp,
}

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
    let (ends, mut ended) = unbounded_channel();
    listen_for_signals(&ends)?;
    let gave_up = move || drop(ends.send(End::GaveUp));
    let vouchsafe = Vouchsafe::builder(settings).on_giving_up(gave_up).build().await?;
    let house = vouchsafe.clone();
    let server = HttpServer::new(move || {
        let health = house.health();
        App::new().configure(house.routes()).wrap_fn(move |request, service| {
            let health = health.clone();
            service.call(request).map(move |answered| {
                let mut answer = answered?;
                // A connection that is kept would bring the next request to a closed door.
                if health.is_leaving() {
                    answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(answer)
            })
        })
    });
    let server = server.workers(vouchsafe.workers()).disable_signals().shutdown_timeout(LONG).listen(listener)?.run();
    greet(vouchsafe.settings());
    let handle = server.handle();
    let mut serving = pin!(server);
    let why = match select(serving.as_mut(), pin!(ended.recv())).await {
        Either::Left((served, _)) => return Ok(served.map(|()| ExitCode::SUCCESS)?),
        Either::Right((why, _)) => why,
    };
    if !matches!(why, Some(End::AtOnce)) {
        select(serving, pin!(leave(&vouchsafe, &handle, &mut ended))).await;
    }
    Ok(if matches!(why, Some(End::GaveUp)) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Says so, closes the door, and waits for what is in hand: until the deadline, or until it is told once more.
async fn leave(vouchsafe: &Vouchsafe, handle: &ServerHandle, ended: &mut UnboundedReceiver<End>) {
    let server = &vouchsafe.settings().server;
    vouchsafe.health().leave();
    log::info!(notice:? = server.notice, drain:? = server.drain; "ending: what is in hand is answered first");
    let answered = pin!(async {
        sleep(server.notice).await;
        handle.stop(true).await;
    });
    if !matches!(timeout(server.drain, select(answered, pin!(ended.recv()))).await, Ok(Either::Left(_))) {
        log::warn!("ended before everything was answered");
    }
}

#[cfg(unix)]
fn listen_for_signals(ends: &UnboundedSender<End>) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals: [(SignalKind, fn() -> End); 3] = [
        (SignalKind::terminate(), || End::Politely),
        (SignalKind::interrupt(), || End::AtOnce),
        (SignalKind::quit(), || End::AtOnce),
    ];
    for (kind, end) in signals {
        let (mut came, ends) = (signal(kind)?, ends.clone());
        actix_web::rt::spawn(async move { while came.recv().await.is_some() && ends.send(end()).is_ok() {} });
    }
    Ok(())
}

#[cfg(not(unix))]
fn listen_for_signals(ends: &UnboundedSender<End>) -> std::io::Result<()> {
    let ends = ends.clone();
    actix_web::rt::spawn(
        async move { while tokio::signal::ctrl_c().await.is_ok() && ends.send(End::AtOnce).is_ok() {} },
    );
    Ok(())
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
