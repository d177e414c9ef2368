//! The actor `FlowSupervisor`: one per flow, from the first redirect to the outcome or to the deadline.
//!
//! It knows the flow's state and deadline, and runs the callback, with what is sealed in the browser's cookie (PKCE
//! verifier, nonce): a callback without the cookie is refused, so that a second copy here would only take memory. It
//! ends with its flow and is never restarted: what matters is in the cookie, or in the database.

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
use super::record::{Attempt, Event};
use super::services::{CurrentServices, FlowServices};
use super::state::FlowId;
use super::timeline::Timeline;
use crate::domain::boxed::boxed;
use crate::domain::clock::Timestamp;
use crate::domain::id::{FlowTag, ProviderName};
use crate::domain::log::{self, Scope};
use crate::domain::return_url::ReturnUrl;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::metrics::{Dialect, Outcome as Ended};
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
    /// What cookies came along.
    pub cookies: BrowserCookies,
    /// The IP address of the browser.
    pub ip: Option<IpAddr>,
}

/// What cookies a browser sent with a callback, apart from the flow's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserCookies {
    /// None at all.
    None,
    /// Some, but none of a sign-in.
    Others,
    /// Those of sign-ins.
    Flows,
}

/// Runs a callback.
#[derive(Clone, Debug, Message)]
#[rtype(result = "CallbackResult")]
pub(super) struct RunCallback {
    /// The flow, from the browser's cookie.
    pub(super) flow: Arc<Flow>,
    pub(super) resume: Resume,
    /// The scope of log lines of the request that brought it.
    pub(super) scope: Scope,
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
    /// The flow.
    pub flow: FlowTag,
}

impl CallbackResult {
    pub(super) fn new(flow: &Flow, services: &FlowServices, outcome: Result<Outcome, SignInError>) -> Self {
        let return_url = services.check_return_url(&flow.return_url);
        Self {
            return_url: return_url.unwrap_or_else(|_| services.return_urls.default_url().clone()),
            client_state: flow.client_state.clone(),
            outcome,
            flow: flow.id.tag(),
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
    id: FlowId,
    provider: ProviderName,
    expires_at: Timestamp,
    /// The dialect in which it began.
    dialect: Dialect,
    /// Whether a callback has come.
    has_returned: bool,
    services: Rc<dyn CurrentServices>,
    /// Where it is removed when it stops.
    active_flows: ActiveFlows,
    /// Whether a callback is running; [`super::active_flows`] removes only actors that are idle.
    is_busy: Arc<AtomicBool>,
}

impl std::fmt::Debug for FlowSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowSupervisor").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl FlowSupervisor {
    /// A supervisor of a flow whose browser is at the provider.
    #[must_use]
    pub fn new(
        flow: &Flow,
        services: Rc<dyn CurrentServices>,
        active_flows: ActiveFlows,
        is_busy: Arc<AtomicBool>,
    ) -> Self {
        let (id, provider, expires_at) = (flow.id, flow.provider.clone(), flow.expires_at);
        let dialect = Dialect::current();
        Self { id, provider, expires_at, dialect, has_returned: false, services, active_flows, is_busy }
    }

    fn finish(
        &mut self,
        flow: &Flow,
        services: &FlowServices,
        timeline: &Timeline,
        outcome: Result<Outcome, SignInError>,
        context: &mut Context<Self>,
    ) -> CallbackResult {
        end(services, &flow.provider, timeline, &outcome);
        self.is_busy.store(false, Ordering::Release);
        let may_retry = matches!(&outcome, Err(error) if error.leaves_flow_open());
        // Whoever comes later learns from the database that the flow is used.
        if !may_retry || flow.expires_at <= services.clock.now() {
            context.stop();
        }
        CallbackResult::new(flow, services, outcome)
    }
}

impl FlowSupervisor {
    /// Counts and records the flow as abandoned, and tells of it, if nobody came back in time: neither to this process nor to
    /// another one.
    fn report_if_abandoned(&self) {
        let services = self.services.current();
        if self.has_returned || services.clock.now() < self.expires_at {
            return;
        }
        let (id, provider, dialect) = (self.id, self.provider.clone(), self.dialect);
        actix::spawn(async move {
            if let Ok(Ok(false)) = services.used_flows.carry_out(sha256(id.as_str())).await {
                let tag = id.tag();
                services.publish_abandoned(&provider, tag);
                log::debug!(flow:% = tag, provider:%; "sign-in abandoned");
                let events = vec![(id.began_at(), Event::Started), (services.clock.now(), Event::Abandoned)];
                services.count(&provider, dialect, Ended::Abandoned);
                services.records.add(Attempt { flow: tag, provider, dialect: None, user: None, events });
            }
        });
    }
}

/// One record and one line for each callback, without secrets; what any client can repeat is limited or at level debug.
fn end(services: &FlowServices, provider: &ProviderName, steps: &Timeline, outcome: &Result<Outcome, SignInError>) {
    match outcome {
        // The step that signed in has written a line with the user.
        Ok(Outcome::SignedIn(_)) => {}
        Ok(Outcome::Ticket(_) | Outcome::TicketForSignUp(_)) => {
            log::info!(steps:%; "sign-in awaits the app (ticket stored)");
        }
        Ok(Outcome::ConfirmLink { .. }) => {
            log::info!(steps:%; "link awaits the user's confirmation");
        }
        Ok(Outcome::AlreadyUsed) => log::debug!(steps:%; "callback of a used flow"),
        Err(error) => {
            log::log!(services.failures.level(error), steps:%; "not signed in: {error}");
        }
    }
    if let Err(error) = outcome {
        services.count_failure(provider, error);
        services.publish_failure(provider, Some(steps.flow()), steps.credentials(), error);
    }
    steps.close(&services.records, outcome.as_ref().err());
}

impl Actor for FlowSupervisor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.active_flows.remove(&self.id, &self.is_busy);
        self.report_if_abandoned();
    }
}

impl Handler<RunCallback> for FlowSupervisor {
    type Result = ResponseActFuture<Self, CallbackResult>;

    fn handle(
        &mut self,
        RunCallback { flow, resume, mut scope, permit }: RunCallback,
        _: &mut Self::Context,
    ) -> Self::Result {
        self.has_returned = true;
        let services = self.services.current();
        let timeline = Rc::new(Timeline::of_callback(&services.clock, &flow));
        if self.is_busy.swap(true, Ordering::AcqRel) {
            // Another callback of this flow is running, and only one can have the credential.
            let checked = callback::check_expected(&flow, &resume.provider, services.clock.now());
            let outcome = checked.map(|()| Outcome::AlreadyUsed);
            if outcome.is_ok() {
                timeline.record(Event::UsedBefore);
            }
            scope.run(|| end(&services, &flow.provider, &timeline, &outcome));
            let result = CallbackResult::new(&flow, &services, outcome);
            return Box::pin(async { result }.into_actor(self));
        }
        let open = OpenFlow::new(Arc::clone(&flow), Rc::clone(&services), Rc::clone(&timeline));
        let run = async move {
            let outcome = callback::run(open, resume).await;
            drop(permit);
            outcome
        };
        let run = scope.clone().enter(run);
        let finish = move |outcome, actor: &mut Self, context: &mut _| {
            scope.run(|| actor.finish(&flow, &services, &timeline, outcome, context))
        };
        boxed(|| run.into_actor(self).map(finish))
    }
}
