//! What operators see of the sign-ins while they move: the latest ones, numbers, and changes as they happen.

use super::error::SignInError;
use super::record::live::Watcher;
use super::record::report::{FlowFilter, FlowReport};
use super::record::summary::{PERIOD, Summary};
use super::service::SignInService;
use crate::domain::clock::Timestamp;
use crate::domain::id::FlowTag;

/// Where records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recording {
    /// Nowhere.
    Off,
    /// In the memory of this node.
    Memory,
    /// Also in the database, for all nodes.
    Database,
}

impl SignInService {
    /// Where records are.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let services = self.services();
        match services.archive {
            _ if !services.records.is_on() => Recording::Off,
            Some(_) => Recording::Database,
            None => Recording::Memory,
        }
    }

    /// How many flows have an actor on this node: their browsers are at providers.
    #[must_use]
    pub fn active_count(&self) -> usize {
        self.active_flows().count()
    }

    /// How the sign-ins of the last hour went that this node has served.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let now = self.services().clock.now();
        let filter = FlowFilter { since: Some(now.minus(PERIOD)), ..FlowFilter::default() };
        Summary::of(self.active_flows().latest_attempts(&filter), now)
    }

    /// The flows that pass the filter, the newest first. Other than [`Self::reports`] it lists those, too, whose browsers
    /// are at providers.
    ///
    /// # Errors
    /// [`SignInError`] if the database cannot be asked.
    pub async fn latest(&self, filter: &FlowFilter) -> Result<Vec<FlowReport>, SignInError> {
        let mut known = self.active_flows().latest_attempts(filter);
        known.extend(self.active_flows().latest_waiting(filter));
        let archive = self.services().archive.as_ref();
        FlowReport::list(known, archive, filter).await.map_err(SignInError::database)
    }

    /// The records of these flows in the memory of this node, at most `limit`, the newest first.
    #[must_use]
    pub fn known_reports(&self, flows: &[FlowTag], limit: usize) -> Vec<FlowReport> {
        FlowReport::newest(self.services().records.of_flows(flows), &FlowFilter { limit, ..FlowFilter::default() })
    }

    /// The flows to which something happened since then on this node.
    #[must_use]
    pub fn changed_since(&self, since: Timestamp) -> Vec<FlowTag> {
        let filter = FlowFilter { since: Some(since), ..FlowFilter::default() };
        self.active_flows().latest_attempts(&filter).iter().map(|attempt| attempt.flow).collect()
    }

    /// Watches the flows of this node. `None` if there are no records, or too many watch.
    #[must_use]
    pub fn watch(&self) -> Option<Watcher> {
        self.services().records.watch()
    }
}
