//! Tells the service manager how far the process is: systemd with `Type=notify`. Without one nothing is sent.

#[cfg(target_os = "linux")]
use sd_notify::NotifyState;

/// It listens and answers.
#[cfg(target_os = "linux")]
pub(super) fn notify_ready() {
    notify(NotifyState::Ready);
}

/// It drains its requests and will end.
#[cfg(target_os = "linux")]
pub(super) fn notify_stopping() {
    notify(NotifyState::Stopping);
}

#[cfg(target_os = "linux")]
fn notify(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        log::warn!("the service manager could not be notified: {error}");
    }
}

/// There is no such service manager.
#[cfg(not(target_os = "linux"))]
pub(super) fn notify_ready() {}

/// There is no such service manager.
#[cfg(not(target_os = "linux"))]
pub(super) fn notify_stopping() {}
