//! `vouchsafe serve`: runs the HTTP server until a signal.
//!
//! Graceful shutdown: readiness fails first, so that a proxy stops sending requests; after `server.shutdown_delay` the
//! server stops accepting and drains its requests, all within `server.shutdown_timeout`.

use std::net::{SocketAddr, TcpListener};
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::http::ConnectionType;
use actix_web::{App, HttpServer};
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::signals::{self, HangUps, Shutdown};
use super::{file_limit, logger, service_manager};
use crate::app::{OpenConnections, Vouchsafe};
use crate::settings::{Mode, Settings};

/// Longer than any `server.shutdown_timeout`, which [`shut_down`] applies itself.
const ACTIX_SHUTDOWN_TIMEOUT_SECONDS: u64 = 86_400;

/// How long the head of a request may take to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a closed connection may take to disconnect.
const DISCONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// How often is looked whether refreshes of provider tokens are still under way.
const DRAIN_INTERVAL: Duration = Duration::from_millis(50);

/// How many connections may ask for metrics at once.
const MAX_METRICS_CONNECTIONS: usize = 64;

/// Reads the settings again; the error lists all that is wrong with them.
pub(super) trait LoadSettings: Fn() -> Result<Settings, String> + Send + Sync + 'static {}

impl<F: Fn() -> Result<Settings, String> + Send + Sync + 'static> LoadSettings for F {}

/// Serves until a signal. At SIGHUP the settings are read again by `load`.
///
/// # Errors
/// Why the server did not start.
pub(super) fn serve(settings: Settings, load: impl LoadSettings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    logger::start(&settings.log);
    actix_web::rt::System::new().block_on(run(settings, load))
}

async fn run(settings: Settings, load: impl LoadSettings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    // First, because a port in use is the commonest reason not to start.
    let bind = settings.server.bind;
    let listener = listen("server.bind", bind)?;
    let metrics_listener = settings.metrics.bind.map(|bind| listen("metrics.bind", bind)).transpose()?;
    let (shutdown_tx, mut shutdown_rx) = unbounded_channel();
    signals::listen(&shutdown_tx)?;
    let mut hang_ups = HangUps::new()?;
    let on_fatal = move || drop(shutdown_tx.send(Shutdown::Fatal));
    let builder = Vouchsafe::builder(settings).on_fatal(on_fatal).load_settings(load);
    let vouchsafe = builder.on_reload(|settings| logger::apply(&settings.log)).build().await?;
    if let Some(listener) = metrics_listener {
        serve_metrics(&vouchsafe, listener)?;
    }
    let app = vouchsafe.clone();
    let max_connections = file_limit::max_connections(&vouchsafe.settings());
    let connections = OpenConnections::new(max_connections);
    let connection_load = connections.clone();
    let server = HttpServer::new(move || {
        let health = app.health();
        App::new().app_data(connections.clone()).configure(app.routes()).wrap_fn(move |request, service| {
            let health = health.clone();
            service.call(request).map(move |result| {
                let mut response = result?;
                // A kept connection would send its next request to a server that has stopped.
                if health.is_shutting_down() {
                    response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
                }
                Ok(response)
            })
        })
    });
    let server = server
        .workers(vouchsafe.workers())
        .on_connect(move |_, extensions| drop(extensions.insert(connection_load.open())))
        .max_connections(max_connections.div_ceil(vouchsafe.workers()))
        .tcp_nodelay(true)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .disable_signals()
        .shutdown_timeout(ACTIX_SHUTDOWN_TIMEOUT_SECONDS)
        .listen(listener)?
        .run();
    announce(&vouchsafe.settings());
    let reloading = vouchsafe.clone();
    actix_web::rt::spawn(async move {
        while hang_ups.next().await.is_some() {
            // It logs what is wrong.
            reloading.reload_from_source().await.ok();
        }
    });
    service_manager::notify_ready();
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

fn listen(setting: &str, bind: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(bind).map_err(|error| format!("{setting}: {bind} cannot be listened on: {error}"))
}

/// Serves metrics until the process ends: also while requests are drained.
fn serve_metrics(vouchsafe: &Vouchsafe, listener: TcpListener) -> std::io::Result<()> {
    let vouchsafe = vouchsafe.clone();
    let server = HttpServer::new(move || App::new().configure(vouchsafe.metrics_routes()))
        .workers(1)
        .max_connections(MAX_METRICS_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .disable_signals()
        .listen(listener)?;
    actix_web::rt::spawn(server.run());
    Ok(())
}

/// Stops accepting and drains requests until `server.shutdown_timeout` or a second signal.
async fn shut_down(vouchsafe: &Vouchsafe, handle: &ServerHandle, shutdown_rx: &mut UnboundedReceiver<Shutdown>) {
    let settings = vouchsafe.settings();
    let server = &settings.server;
    vouchsafe.health().begin_shutdown();
    service_manager::notify_stopping();
    log::info!(delay:? = server.shutdown_delay, timeout:? = server.shutdown_timeout; "shutting down");
    let drained = pin!(async {
        sleep(server.shutdown_delay).await;
        // What a provider answers to a refresh must be written, also if nobody waits for it any more.
        while vouchsafe.has_refreshes_under_way() {
            sleep(DRAIN_INTERVAL).await;
        }
        handle.stop(true).await;
    });
    if !matches!(timeout(server.shutdown_timeout, select(drained, pin!(shutdown_rx.recv()))).await, Ok(Either::Left(_)))
    {
        log::warn!("shut down with unanswered requests");
    }
}

#[allow(clippy::print_stdout, reason = "the banner of development mode")]
fn announce(settings: &Settings) {
    let (base, bind) = (settings.server.public_base(), settings.server.bind);
    match settings.mode {
        Mode::Production => log::info!(bind:%, public_url = base; "vouchsafe is ready"),
        Mode::Development => {
            let origin = settings.server.public_url.origin().ascii_serialization();
            let has_simulator = cfg!(feature = "simulator") && settings.development.simulator;
            let providers = if has_simulator { "Simulated providers, generated" } else { "Generated" };
            println!(
                "\n  Vouchsafe {} in development mode\n\n  Open      {origin}/\n  Clients   {origin}/v1\n  Data      {}\n\n  \
                 {providers} keys; only this machine can connect.\n",
                env!("CARGO_PKG_VERSION"),
                settings.development.directory.display(),
            );
        }
    }
}
