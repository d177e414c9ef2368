//! The actor `FlowSupervisor`: one per flow, from the first redirect to the outcome or to the deadline.
//!
//! It owns the flow (state, PKCE verifier, nonce) and its timeline, and runs the callback. It dies with its flow and
//! is never restarted: what matters is sealed in the browser's cookie, or in the database.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix::{Actor, ActorContext, ActorFutureExt, Context, Handler, Message, ResponseActFuture, WrapFuture};

use super::active_flows::ActiveFlows;
use super::admission::Permit;
use super::callback::{self, Callback, OpenFlow};
use super::cookie::Flow;
use super::error::SignInError;
use super::intent::LinkingSession;
use super::services::{CurrentServices, FlowServices};
use super::timeline::Timeline;
use crate::domain::id::ProviderName;
use crate::domain::return_url::ReturnUrl;
use crate::domain::secret::Secret;
use crate::user::messages::SignedIn;

/// A provider answered through the browser.
#[derive(Clone, Debug)]
pub struct Resume {
    /// The provider in the path.
    pub provider: ProviderName,
    /// The redirect URI at which the browser came back.
    pub redirect_uri: String,
    /// What the provider sent.
    pub callback: Callback,
    /// The IP address of the browser.
    pub ip: Option<IpAddr>,
}

/// Runs a callback.
#[derive(Clone, Debug, Message)]
#[rtype(result = "CallbackResult")]
pub(super) struct RunCallback {
    pub(super) resume: Resume,
    /// Held until the work is done, even if the client disconnects before.
    pub(super) permit: Arc<Permit>,
}

/// How a callback ended.
#[derive(Debug)]
pub struct CallbackResult {
    /// The checked return URL of the flow; the default one if it is no longer allowed.
    pub return_url: ReturnUrl,
    /// The app's `state`, to be returned to it.
    pub client_state: Option<String>,
    /// The outcome.
    pub outcome: Result<Outcome, SignInError>,
}

impl CallbackResult {
    pub(super) fn new(flow: &Flow, services: &FlowServices, outcome: Result<Outcome, SignInError>) -> Self {
        let return_url = services.check_return_url(&flow.return_url);
        Self {
            return_url: return_url.unwrap_or_else(|_| services.return_urls.default_url().clone()),
            client_state: flow.client_state.clone(),
            outcome,
        }
    }
}

/// A callback that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The user is signed in, or the identity connected.
    SignedIn(SignedIn),
    /// A ticket is stored until the app redeems it with this handle.
    Ticket(Secret),
    /// A ticket is stored until the user, who has no account yet, has filled in the app's form.
    TicketForSignUp(Secret),
    /// An identity is stored until the user agrees to the link.
    ConfirmLink {
        /// The handle of its ticket.
        handle: Secret,
        /// The session that asked for it.
        session: LinkingSession,
    },
    /// The flow was marked used before; whoever did that has the credential.
    AlreadyUsed,
}

/// The actor. Many wait for their browsers at once, so what it holds is small.
pub struct FlowSupervisor {
    flow: Rc<Flow>,
    services: Rc<dyn CurrentServices>,
    /// From the first callback on.
    timeline: Option<Rc<Timeline>>,
    /// Where it is removed when it stops.
    active_flows: ActiveFlows,
    /// Whether a callback is running; [`super::active_flows`] removes only actors that are idle.
    is_busy: Arc<AtomicBool>,
}

impl std::fmt::Debug for FlowSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowSupervisor").field("flow", &self.flow).finish_non_exhaustive()
    }
}

impl FlowSupervisor {
    /// A supervisor of a flow whose browser is at the provider.
    #[must_use]
    pub fn new(
        flow: Flow,
        services: Rc<dyn CurrentServices>,
        active_flows: ActiveFlows,
        is_busy: Arc<AtomicBool>,
    ) -> Self {
        Self { flow: Rc::new(flow), services, timeline: None, active_flows, is_busy }
    }

    fn timeline(&mut self, services: &FlowServices) -> Rc<Timeline> {
        Rc::clone(self.timeline.get_or_insert_with(|| Rc::new(Timeline::new(Arc::clone(&services.clock)))))
    }

    fn finish(
        &mut self,
        services: &FlowServices,
        outcome: Result<Outcome, SignInError>,
        context: &mut Context<Self>,
    ) -> CallbackResult {
        self.log(services, &outcome);
        self.is_busy.store(false, Ordering::Release);
        let may_retry = matches!(&outcome, Err(error) if error.leaves_flow_open());
        // Whoever comes later learns from the database that the flow is used.
        if !may_retry || self.flow.expires_at <= services.clock.now() {
            context.stop();
        }
        CallbackResult::new(&self.flow, services, outcome)
    }

    /// One line for each callback, without secrets; what any client can repeat is limited or at level debug.
    fn log(&mut self, services: &FlowServices, outcome: &Result<Outcome, SignInError>) {
        let (steps, provider, flow) = (self.timeline(services), &self.flow.provider, self.flow.id.tag());
        match outcome {
            Ok(Outcome::SignedIn(_)) => log::info!(provider:%, flow, steps:%; "signed in"),
            Ok(Outcome::Ticket(_) | Outcome::TicketForSignUp(_)) => {
                log::info!(provider:%, flow, steps:%; "sign-in awaits the app (ticket stored)");
            }
            Ok(Outcome::ConfirmLink { .. }) => {
                log::info!(provider:%, flow, steps:%; "link awaits the user's confirmation");
            }
            Ok(Outcome::AlreadyUsed) => log::debug!(provider:%, flow, steps:%; "callback of a used flow"),
            Err(error) => {
                log::log!(services.failures.level(error), provider:%, flow, steps:%; "not signed in: {error}");
            }
        }
    }
}

impl Actor for FlowSupervisor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.active_flows.remove(&self.flow.id, &self.is_busy);
    }
}

impl Handler<RunCallback> for FlowSupervisor {
    type Result = ResponseActFuture<Self, CallbackResult>;

    fn handle(&mut self, RunCallback { resume, permit }: RunCallback, _: &mut Self::Context) -> Self::Result {
        let services = self.services.current();
        if self.is_busy.swap(true, Ordering::AcqRel) {
            // Another callback of this flow is running, and only one can have the credential.
            let checked = callback::check_expected(&self.flow, &resume.provider, services.clock.now());
            let outcome = checked.map(|()| Outcome::AlreadyUsed);
            self.log(&services, &outcome);
            let result = CallbackResult::new(&self.flow, &services, outcome);
            return Box::pin(async { result }.into_actor(self));
        }
        let flow = OpenFlow::new(Rc::clone(&self.flow), Rc::clone(&services), self.timeline(&services));
        let run = async move {
            let outcome = callback::run(flow, resume).await;
            drop(permit);
            outcome
        };
        Box::pin(run.into_actor(self).map(move |outcome, actor, context| actor.finish(&services, outcome, context)))
    }
}
