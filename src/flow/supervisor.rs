//! The actor `FlowSupervisor`: one per flow, from the first redirect to the outcome.
//!
//! It tells the machine what happened and does what the machine says. It dies with its flow and is never
//! restarted: whatever it knows that matters lies sealed in the browser's cookie, or in the database.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix::{
    Actor, ActorContext, ActorFutureExt, AsyncContext, Context, Handler, Message, ResponseActFuture, WrapFuture,
};

use super::cookie::Flow;
use super::error::{FailureCode, SignInError, Step};
use super::machine::{Admission, Callback, CallbackContext, Machine};
use super::steps::FlowServices;
use crate::domain::audit::RequestOrigin;
use crate::domain::clock::Timestamp;
use crate::domain::fail_point;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::return_url::ReturnUrl;
use crate::domain::secret::Secret;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::user::messages::SignedIn;

/// A provider answered through the browser.
#[derive(Clone, Debug, Message)]
#[rtype(result = "CallbackResult")]
pub struct Resume {
    /// The provider in the path.
    pub provider: ProviderName,
    /// The redirect URI at which the browser came back.
    pub redirect_uri: String,
    /// What it sent.
    pub callback: Callback,
    /// The browser's address.
    pub address: Option<IpAddr>,
}

/// How a callback ended.
#[derive(Debug)]
pub struct CallbackResult {
    /// The checked return URL of the flow; the default one if it is no longer allowed.
    pub return_url: ReturnUrl,
    /// What the app wants echoed.
    pub client_state: Option<String>,
    /// The outcome.
    pub outcome: Result<Outcome, SignInError>,
}

/// A callback that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The person is signed in, or connected.
    SignedIn(SignedIn),
    /// A ticket waits for the app to sign its person in. Whoever shows this handle gets it.
    Ticket(Secret),
    /// A ticket waits until its person, who has no account yet, has filled in the app's form.
    TicketForSignUp(Secret),
    /// An identity waits until its person agrees to the link.
    ConfirmLink {
        /// The ticket that stands for it.
        handle: Secret,
        /// Whose account asked for it.
        user_id: UserId,
        /// In which session.
        session_id: SessionId,
    },
    /// The same callback came before; its first coming has the credential.
    AlreadyUsed,
}

/// Goes to sleep: the flow is in the browser's cookie and wakes from there.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Passivate;

/// What is done when the flow has ended: the directory forgets it.
pub type OnStop = Box<dyn FnOnce(&Flow)>;

/// The actor.
pub struct FlowSupervisor {
    flow: Arc<Flow>,
    machine: Machine,
    services: FlowServices,
    on_stop: Option<OnStop>,
    is_busy: Arc<AtomicBool>,
    timeline: Vec<(&'static str, Timestamp)>,
    /// The address of the browser that came back.
    address: Option<IpAddr>,
    /// A form field of the callback, for the name that it may hold.
    form_user: Option<String>,
}

impl std::fmt::Debug for FlowSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowSupervisor")
            .field("flow", &self.flow)
            .field("machine", &self.machine)
            .finish_non_exhaustive()
    }
}

impl FlowSupervisor {
    /// A supervisor of a flow whose browser is at the provider. `is_busy` is its busy_flag for the directory.
    #[must_use]
    pub fn new(flow: Flow, services: FlowServices, on_stop: OnStop, is_busy: Arc<AtomicBool>) -> Self {
        let machine = Machine::new(&flow);
        Self {
            flow: Arc::new(flow),
            machine,
            services,
            on_stop: Some(on_stop),
            is_busy,
            timeline: Vec::new(),
            address: None,
            form_user: None,
        }
    }

    fn note(&mut self, what: &'static str) {
        self.timeline.push((what, self.services.clock.now()));
        fail_point::reached(what);
    }

    /// The journey was: one line in the log, with nothing in it that opens a door.
    fn report(&self, outcome: &Result<Outcome, SignInError>) {
        let began = self.timeline.first().map_or(self.flow.id.began_at(), |(_, at)| *at);
        let steps: Vec<String> =
            self.timeline.iter().map(|(what, at)| format!("{what}+{}ms", at.since(began).as_millis())).collect();
        let (steps, flow) = (steps.join(" "), self.flow.id.tag());
        match outcome {
            Ok(Outcome::SignedIn(_)) => log::info!(provider:% = self.flow.provider, flow, steps; "signed in"),
            Ok(Outcome::Ticket(_) | Outcome::TicketForSignUp(_) | Outcome::ConfirmLink { .. }) => {
                log::info!(provider:% = self.flow.provider, flow, steps; "a ticket waits")
            }
            Ok(Outcome::AlreadyUsed) => {
                log::info!(provider:% = self.flow.provider, flow, steps; "a callback came again")
            }
            Err(error) => log::warn!(provider:% = self.flow.provider, flow, steps; "not signed in: {error}"),
        }
    }

    fn admit(&mut self, resume: Resume, resolved: Option<&Resolved>) -> Result<Admission, SignInError> {
        let fingerprint = resolved.map(|resolved| resolved.provider.fingerprint());
        let endpoints = resolved.map(|resolved| &resolved.endpoints);
        let context = CallbackContext {
            path: &resume.provider,
            fingerprint: fingerprint.as_deref(),
            issuer: endpoints.and_then(|endpoints| endpoints.response_issuer.as_deref()),
            is_issuer_required: endpoints.is_some_and(|endpoints| endpoints.is_response_issuer_required),
            now: self.services.clock.now(),
        };
        self.machine.accept(&Arc::clone(&self.flow), resume.callback, context)
    }
}

impl Actor for FlowSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        let left = self.flow.expires_at.since(self.services.clock.now());
        context.run_later(left, |_, context| context.stop());
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        if let Some(on_stop) = self.on_stop.take() {
            on_stop(&self.flow);
        }
    }
}

impl Handler<Passivate> for FlowSupervisor {
    type Result = ();

    fn handle(&mut self, _: Passivate, context: &mut Self::Context) {
        // Between the directory's look and this message a callback may have come.
        if !self.is_busy.load(Ordering::Acquire) {
            context.stop();
        }
    }
}

impl Handler<Resume> for FlowSupervisor {
    type Result = ResponseActFuture<Self, CallbackResult>;

    fn handle(&mut self, mut resume: Resume, _: &mut Self::Context) -> Self::Result {
        self.form_user = resume.callback.user.take();
        self.address = resume.address;
        self.is_busy.store(true, Ordering::Release);
        self.note("callback");
        let return_url = self.services.check_return_url(&self.flow.return_url);
        let (services, flow) = (self.services.clone(), Arc::clone(&self.flow));
        let resolving = async move {
            match services.resolve(&flow.provider, Required::Endpoints).await {
                Ok(resolved) => Ok(Some(resolved)),
                Err(error) if error.code == FailureCode::ProviderDisabled => Ok(None),
                Err(error) => Err(error),
            }
        };
        let journey = resolving.into_actor(self).then(move |resolved, act, _| {
            let admission = match (return_url.is_ok(), resolved) {
                (false, _) => Err(SignInError::new(Step::Callback, FailureCode::ReturnUrlNotAllowed)),
                (true, Err(error)) => Err(error),
                (true, Ok(resolved)) => act.admit(resume, resolved.as_ref()).map(|admission| (admission, resolved)),
            };
            let return_url = return_url.unwrap_or_else(|_| act.services.return_urls.default_url().clone());
            act.claim(admission).map(move |outcome, act, context| act.accept(return_url, outcome, context))
        });
        Box::pin(journey)
    }
}

type Journey = ResponseActFuture<FlowSupervisor, Result<Outcome, SignInError>>;

impl FlowSupervisor {
    /// Claims the flow, if it was admitted, and goes on with it, if the claim is ours.
    fn claim(&mut self, admission: Result<(Admission, Option<Resolved>), SignInError>) -> Journey {
        let resolved = match admission {
            Ok((Admission::Proceed, Some(resolved))) => resolved,
            Ok((Admission::Proceed, None)) => {
                return self.end(Err(SignInError::new(Step::Callback, FailureCode::ProviderDisabled)));
            }
            Ok((Admission::AlreadyUsed, _)) => return self.end(Ok(Outcome::AlreadyUsed)),
            Err(error) => return self.end(Err(error)),
        };
        let (services, flow) = (self.services.clone(), Arc::clone(&self.flow));
        let claiming = async move { services.claim(&flow).await }.into_actor(self);
        Box::pin(claiming.then(move |claim, act, _| {
            act.note("claim");
            let code = match claim {
                Ok(is_ours) => act.machine.marked_used(is_ours),
                Err(error) => {
                    act.machine.not_marked_used();
                    Err(error)
                }
            };
            match code {
                Ok(Some(code)) => act.exchange_and_sign_in(resolved, code),
                Ok(None) => act.end(Ok(Outcome::AlreadyUsed)),
                Err(error) => act.end(Err(error)),
            }
        }))
    }

    /// From the code to the outcome. From here on there is no second try.
    fn exchange_and_sign_in(&mut self, resolved: Resolved, code: Secret) -> Journey {
        let form_name = self.form_user.take().and_then(|user| resolved.provider.name_from_form(&user));
        let (services, flow) = (self.services.clone(), Arc::clone(&self.flow));
        let exchanging = {
            let (services, flow) = (services.clone(), Arc::clone(&flow));
            async move { (services.exchange(&flow, &resolved, &code).await, resolved) }.into_actor(self)
        };
        let identifying = exchanging.then(move |(tokens, resolved), act, _| {
            act.note("exchange");
            let tokens = tokens.and_then(|tokens| act.machine.exchanged().map(|()| tokens));
            async move {
                let tokens = tokens?;
                let profile = services.identify(&flow, resolved, &tokens).await?;
                if let Some(name) = form_name {
                    services.keep_name(&profile, name).await?;
                }
                Ok((profile, tokens))
            }
            .into_actor(act)
        });
        let signing_in = identifying.then(|identified: Result<_, SignInError>, act, _| {
            act.note("identify");
            let identified = identified.and_then(|identified| act.machine.identified().map(|()| identified));
            let (services, flow) = (act.services.clone(), Arc::clone(&act.flow));
            let origin = RequestOrigin { client_ip: act.address, flow: Some(flow.id.tag()) };
            async move {
                let (profile, tokens) = identified?;
                services.complete(&flow, profile, tokens, origin).await
            }
            .into_actor(act)
        });
        Box::pin(signing_in.map(|signed_in, act, _| {
            act.note("sign-in");
            let outcome = signed_in.and_then(|outcome| act.machine.signed_in().map(|()| outcome));
            if outcome.is_err() {
                act.machine.failed();
            }
            outcome
        }))
    }

    fn end(&mut self, outcome: Result<Outcome, SignInError>) -> Journey {
        Box::pin(async move { outcome }.into_actor(self))
    }

    fn accept(
        &mut self,
        return_url: ReturnUrl,
        outcome: Result<Outcome, SignInError>,
        context: &mut Context<Self>,
    ) -> CallbackResult {
        self.report(&outcome);
        self.is_busy.store(false, Ordering::Release);
        let client_state = self.flow.client_state.clone();
        if self.machine.is_finished() {
            // Only the word in the database counts for those who come later.
            context.stop();
        }
        CallbackResult { return_url, client_state, outcome }
    }
}
