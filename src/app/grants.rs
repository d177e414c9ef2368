//! Looks after grants while nobody asks for them, in one worker of the process.

use std::rc::Rc;
use std::time::Duration;

use super::worker::Worker;
use crate::domain::custody::Custody;
use crate::domain::log;
use crate::grants::messages::Maintain;

/// The time between two rounds. A grant whose refresh was interrupted is told so within one second.
const INTERVAL: Duration = Duration::from_millis(500);

/// Runs until the process ends. Without providers whose tokens are kept it asks nothing of the database.
pub(super) async fn run(worker: Rc<Worker>) {
    let mut is_failing = false;
    loop {
        tokio::time::sleep(INTERVAL).await;
        let generation = worker.generation();
        if generation.http.health.is_shutting_down() {
            return;
        }
        if !generation.http.providers.iter().any(|provider| provider.custody == Custody::Managed) {
            continue;
        }
        let error = match generation.http.grants.send(Maintain).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        if let (Some(error), false) = (&error, is_failing) {
            log::warn!("kept provider tokens are not looked after; it is retried: {error}");
        }
        is_failing = error.is_some();
    }
}
