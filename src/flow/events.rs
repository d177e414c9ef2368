//! Tells others of flows that end without a sign-in.

use super::error::{FailureCode, SignInError};
use super::record::fault::Fault;
use super::record::{Credentials, verdict};
use super::services::FlowServices;
use crate::domain::event::Event;
use crate::domain::id::{FlowTag, ProviderName};

impl FlowServices {
    /// A sign-in failed. Of what any client can send as often as it likes, nothing is told.
    pub(super) fn publish_failure(
        &self,
        provider: &ProviderName,
        flow: Option<FlowTag>,
        credentials: Option<Credentials>,
        error: &SignInError,
    ) {
        if error.leaves_flow_open() || error.code == FailureCode::InvalidIdToken && flow.is_none() {
            return;
        }
        self.events.publish_unwritten(&self.events.when_on(|| {
            let (at, cause) = (self.clock.now(), verdict::of_fault(Fault::of(error), credentials));
            vec![Event::SignInFailed { at, provider: provider.clone(), flow, cause }]
        }));
    }

    /// Nobody came back in time.
    pub(super) fn publish_abandoned(&self, provider: &ProviderName, flow: FlowTag) {
        self.events.publish(
            &self
                .events
                .when_on(|| vec![Event::FlowAbandoned { at: self.clock.now(), provider: provider.clone(), flow }]),
        );
    }
}
