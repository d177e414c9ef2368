//! Signals of the process as messages.

use tokio::sync::mpsc::UnboundedSender;

/// Why the process ends.
pub(super) enum Shutdown {
    /// SIGTERM: requests are drained.
    Graceful,
    /// SIGINT or SIGQUIT.
    Immediate,
    /// An actor panicked too often.
    Fatal,
}

/// Sends a message for each signal that ends the process.
#[cfg(unix)]
pub(super) fn listen(shutdown_tx: &UnboundedSender<Shutdown>) -> std::io::Result<()> {
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

/// The SIGHUPs from now on; several that come at once are one.
#[cfg(unix)]
pub(super) struct HangUps(tokio::signal::unix::Signal);

#[cfg(unix)]
impl HangUps {
    pub(super) fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::hangup()).map(Self)
    }

    pub(super) async fn next(&mut self) -> Option<()> {
        self.0.recv().await
    }
}

/// Other systems have no such signal.
#[cfg(not(unix))]
pub(super) struct HangUps;

#[cfg(not(unix))]
impl HangUps {
    pub(super) fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Option<()> {
        None
    }
}

/// Sends a message for each Ctrl-C.
#[cfg(not(unix))]
pub(super) fn listen(shutdown_tx: &UnboundedSender<Shutdown>) -> std::io::Result<()> {
    let shutdown_tx = shutdown_tx.clone();
    actix_web::rt::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && shutdown_tx.send(Shutdown::Immediate).is_ok() {}
    });
    Ok(())
}
