//! Tells others of what changes no row: flows that end without a sign-in, and refreshed provider tokens.

use super::error::{FailureCode, SignInError};
use super::record::fault::Fault;
use super::record::{Credentials, verdict};
use super::services::FlowServices;
use crate::domain::event::Event;
use crate::domain::id::{FlowTag, ProviderName};
use crate::user::proof::LiveSession;

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

    /// A provider issued new tokens.
    pub(super) fn publish_refreshed(&self, session: LiveSession, provider: &ProviderName) {
        self.events.publish_unwritten(&self.events.when_on(|| {
            let (at, user_id, session_id) = (self.clock.now(), session.user_id(), session.id());
            vec![Event::TokensRefreshed { at, user_id, session_id, provider: provider.clone() }]
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
