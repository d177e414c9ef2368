//! A server for the simulator alone, in a thread of its own: it runs beside any test, asynchronous or not.

use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::ops::Deref;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt, web};
use url::Url;

use super::Simulator;

/// Longer than the usual clients keep a connection.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A simulator with a server of its own, which stops when this is dropped.
#[derive(Debug)]
pub struct RunningSimulator {
    simulator: Simulator,
    server: ServerHandle,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Simulator {
    /// Starts a server on a free port of 127.0.0.1, with the system's clock and randomness. It has the routes of all
    /// providers, the control API and an overview page.
    ///
    /// # Errors
    /// If no port is free, or no thread can be started.
    pub fn start() -> io::Result<RunningSimulator> {
        Self::start_at(("127.0.0.1", 0), None)
    }

    /// Starts a server at `address`. Clients reach it at `public_url`, by default at the address itself.
    ///
    /// # Errors
    /// If the address is not available, or no thread can be started.
    pub fn start_at(address: impl ToSocketAddrs, public_url: Option<Url>) -> io::Result<RunningSimulator> {
        let listener = TcpListener::bind(address)?;
        let base = match public_url {
            Some(url) => url,
            None => Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(io::Error::other)?,
        };
        let simulator = Self::new(base, system_time, system_random);
        let (sender, receiver) = mpsc::channel();
        let served = simulator.clone();
        let thread = thread::Builder::new()
            .name("vouchsafe-simulator".to_owned())
            .spawn(move || rt::System::new().block_on(serve(served, listener, sender)))?;
        match receiver.recv() {
            Ok(server) => Ok(RunningSimulator { simulator, server, thread: Some(thread) }),
            Err(_) => Err(join(thread).err().unwrap_or_else(|| io::Error::other("the server ended at once"))),
        }
    }
}

impl RunningSimulator {
    /// Stops the server; the port is free afterwards. Calls that wait are not answered.
    pub fn stop(mut self) {
        self.end();
    }

    /// Waits until the server ends, as it does after a signal.
    ///
    /// # Errors
    /// If the server failed.
    pub fn wait(mut self) -> io::Result<()> {
        self.thread.take().map_or(Ok(()), join)
    }

    fn end(&mut self) {
        // The command is sent at once; the future only waits, which the thread's end does as well.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            // A failure has no reader here.
            let _ = join(thread);
        }
    }
}

impl Deref for RunningSimulator {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.end();
    }
}

async fn serve(simulator: Simulator, listener: TcpListener, started: mpsc::Sender<ServerHandle>) -> io::Result<()> {
    let server = HttpServer::new(move || {
        let path = simulator.0.base.path().trim_end_matches('/').to_owned();
        App::new().service(web::scope(&path).configure(simulator.routes()).configure(simulator.control_routes()))
    });
    // Generating a key occupies the only worker, for seconds on a busy machine: no connection may end over that, nor
    // while a client keeps it for its next request.
    let server = server.client_request_timeout(Duration::ZERO).keep_alive(KEEP_ALIVE);
    let server = server.workers(1).disable_signals().listen(listener)?.run();
    // The other end waits for it.
    let _ = started.send(server.handle());
    server.await
}

fn join(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the server panicked")))
}

#[expect(clippy::disallowed_methods, reason = "a simulator of its own uses the system's clock")]
fn system_time() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

#[expect(clippy::disallowed_methods, reason = "a simulator of its own uses the system's randomness")]
fn system_random(bytes: &mut [u8]) {
    // It fails only if the system has none; ids and keys then fail to be unique, which tests notice.
    let _ = aws_lc_rs::rand::fill(bytes);
}
