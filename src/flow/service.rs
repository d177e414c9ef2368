//! Begins flows, and brings callbacks to the actor of their flow.
//!
//! Actors are a convenience: one that is not in this process (another node, a restart, eviction) is restored from the
//! browser's cookie.

use std::borrow::Cow;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix::{Actor, Addr};

use super::active_flows::ActiveFlows;
use super::admission::Admission;
use super::begin::NotBegun;
pub use super::begin::{AskedOfProvider, Begin, BeginError, Begun};
use super::cookie::{Flow, MAX_SEALED_LEN};
use super::error::{FailureCode, SignInError, Step};
use super::intent::BeginIntent;
use super::record::fault::StateFault;
use super::record::report::{FlowFilter, FlowReport};
use super::record::{Credentials, Event};
pub use super::services::{CurrentServices, FlowServices, HttpClients};
use super::state::FlowId;
use super::supervisor::{BrowserCookies, CallbackResult, FlowSupervisor, Resume, RunCallback};
use super::timeline::Timeline;
use crate::domain::id::FlowTag;
use crate::domain::log::{self, Scope};
use crate::domain::secret::Secret;
use crate::metrics::Dialect;
use crate::provider::metadata_cache::Required;
use crate::session::pkce;

/// How long a whole callback may take.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(30);

/// The sign-ins of one worker. Cheap to clone; stays on its thread.
#[derive(Clone)]
pub struct SignInService {
    services: Rc<FlowServices>,
    /// For the actors of flows. Weak, because it owns this service.
    current: Weak<dyn CurrentServices>,
    active_flows: ActiveFlows,
    starts: Admission,
    callbacks: Admission,
}

impl std::fmt::Debug for SignInService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInService").field("services", &self.services).finish_non_exhaustive()
    }
}

impl SignInService {
    /// A service over the active flows of this process, for at most `max_in_flight` starts and as many callbacks at once.
    #[must_use]
    pub fn new(
        services: Rc<FlowServices>,
        current: Weak<dyn CurrentServices>,
        active_flows: ActiveFlows,
        max_in_flight: usize,
    ) -> Self {
        let [starts, callbacks] = [max_in_flight; 2].map(Admission::new);
        Self { services, current, active_flows, starts, callbacks }
    }

    /// The same after a reload: what is under way counts on.
    #[must_use]
    pub fn with_services(&self, services: Rc<FlowServices>) -> Self {
        Self { services, ..self.clone() }
    }

    pub(super) fn services(&self) -> &FlowServices {
        &self.services
    }

    #[cfg(feature = "pages")]
    pub(super) fn active_flows(&self) -> &ActiveFlows {
        &self.active_flows
    }

    /// The level at which a failure is logged.
    #[must_use]
    pub fn log_level(&self, error: &SignInError) -> log::Level {
        self.services.failures.level(error)
    }

    /// What is known of a flow; `None` if nothing is.
    ///
    /// # Errors
    /// [`SignInError`] if the database cannot be asked.
    pub async fn report(&self, flow: FlowTag) -> Result<Option<FlowReport>, SignInError> {
        let known = self.active_flows.attempts(flow);
        FlowReport::find(known, self.services.archive.as_ref(), flow).await.map_err(SignInError::database)
    }

    /// The flows that pass the filter, the newest first.
    ///
    /// # Errors
    /// [`SignInError`] if the database cannot be asked.
    pub async fn reports(&self, filter: &FlowFilter) -> Result<Vec<FlowReport>, SignInError> {
        let known = self.active_flows.latest_attempts(filter);
        FlowReport::list(known, self.services.archive.as_ref(), filter).await.map_err(SignInError::database)
    }

    /// Begins a flow. Nothing is stored but the cookie in the browser.
    ///
    /// # Errors
    /// [`BeginError`]
    pub async fn begin(&self, begin: Begin) -> Result<Begun, BeginError> {
        let id = FlowId::new(self.services.clock.now(), self.services.random.as_ref());
        let (flow, provider) = (id.tag(), begin.provider.clone());
        Scope::set_provider(&provider);
        Scope::set_flow(flow);
        let begun = self.try_begin(id, begin).await;
        match (self.services.providers.get(&provider), &begun) {
            (None, _) => drop(self.services.metrics.unknown_providers.inc()),
            (Some(provider), Ok(_)) => provider.metrics.started.count(Dialect::current()),
            (Some(_), Err(not_begun)) => self.services.count_failure(&provider, &not_begun.error),
        }
        begun.map_err(|NotBegun { error, return_url, credentials }| {
            let timeline = Timeline::new(&self.services.clock, flow, &provider);
            if let Some(credentials) = credentials {
                timeline.record(Event::Authenticated(credentials));
            }
            timeline.close(&self.services.records, Some(&error));
            BeginError { error, return_url, flow }
        })
    }

    async fn try_begin(&self, id: FlowId, begin: Begin) -> Result<Begun, NotBegun> {
        let Begin { provider, redirect_uri, return_url, client_state, intent, options, asked } = begin;
        if matches!(intent, BeginIntent::SignUp(_)) {
            self.services.check_sign_up().map_err(NotBegun::from)?;
        }
        let return_url = match &return_url {
            None => Cow::Borrowed(self.services.return_urls.default_url()),
            Some(url) => {
                let checked = self.services.check_return_url_for(url, &intent);
                Cow::Owned(checked.map_err(NotBegun::from)?)
            }
        };
        let failed = |error| NotBegun { return_url: Some(return_url.clone().into_owned()), ..NotBegun::from(error) };
        let Some(configured) = self.services.providers.get(&provider) else {
            return Err(failed(SignInError::new(Step::Resolve, FailureCode::ProviderDisabled)));
        };
        // A mistake of the app, which its users' browsers are not told.
        let scopes = configured.further_scopes(asked.scopes).map_err(SignInError::from)?;
        let max_age = asked.max_age.filter(|_| configured.allows_client_parameter("max_age"));
        // Its callback would be refused after the user consented; flows that began earlier come first.
        if !self.callbacks.has_room(&provider) {
            return Err(failed(overloaded(Step::Start)));
        }
        let intent = self.services.check_intent(intent).await.map_err(failed)?;
        // Discovery, pushed requests and OAuth 1.0a call the provider before the browser is sent there.
        let permit = self.starts.admit(&provider).ok_or_else(|| failed(overloaded(Step::Start)))?;
        let resolved = self.services.resolve(&provider, Required::Endpoints).await.map_err(failed)?;
        let (now, random) = (self.services.clock.now(), self.services.random.as_ref());
        let mut flow = Flow {
            id,
            provider,
            fingerprint: resolved.provider.fingerprint().to_owned(),
            redirect_uri,
            return_url: return_url.as_str().to_owned(),
            client_state,
            intent,
            options,
            verifier: resolved.provider.uses_pkce.then(|| pkce::new_verifier(random)),
            nonce: resolved.provider.uses_nonce().then(|| Secret::new(random.text::<16>())),
            temporary: None,
            scopes,
            max_age,
            expires_at: now.plus(self.services.settings.ttl),
        };
        let authorize_url = self.services.authorize(&mut flow, &resolved, &asked.parameters).await;
        let authorize_url = authorize_url.map_err(|error| {
            let credentials = Some(Credentials::of(&resolved.provider));
            NotBegun { credentials, ..failed(error) }
        })?;
        drop(permit);
        let sealed = flow
            .seal(&self.services.sealer, self.services.random.as_ref())
            .map_err(|error| failed(SignInError::with_source(Step::Start, FailureCode::Internal, error)))?;
        if sealed.len() > MAX_SEALED_LEN {
            let error = SignInError::new(Step::Start, FailureCode::OptionsTooLarge);
            return Err(error.into());
        }
        let begun = Begun { authorize_url, id: flow.id, sealed, ttl: 2 * self.services.settings.ttl };
        self.restore(&flow).map_err(failed)?;
        Ok(begun)
    }

    /// Resumes a flow with a callback. `sealed` is the browser's cookie for this `state`.
    ///
    /// # Errors
    /// [`SignInError`] if there is no such flow; how an existing one ended is in [`CallbackResult`].
    pub async fn resume(
        &self,
        state: &str,
        sealed: Option<&str>,
        resume: Resume,
    ) -> Result<CallbackResult, SignInError> {
        Scope::set_provider(&resume.provider);
        let (tag, provider) = (FlowTag::of(state), resume.provider.clone());
        Scope::set_flow(tag);
        // What the flow's actor answers, it counts itself.
        let count = |error: &SignInError| self.services.count_failure(&provider, error);
        let refused = |timeline: &Timeline, error: &SignInError| {
            // Any client can send any number of such requests.
            log::debug!("callback refused: {error}");
            self.services.count_failure(&provider, error);
            timeline.close(&self.services.records, Some(error));
        };
        let flow = self.open(state, sealed, &resume).inspect_err(|error| {
            let timeline = Timeline::new(&self.services.clock, tag, &resume.provider);
            timeline.record(Event::CameBack);
            refused(&timeline, error);
        })?;
        if flow.expires_at <= self.services.clock.now() {
            let error = SignInError::invalid_state(StateFault::Expired);
            refused(&Timeline::of_callback(&self.services.clock, &flow), &error);
            return Ok(CallbackResult::new(&flow, &self.services, Err(error)));
        }
        let permit = self.callbacks.admit(&flow.provider).ok_or_else(|| overloaded(Step::Callback));
        let permit = permit.inspect_err(count)?;
        let flow = Arc::new(flow);
        let run = RunCallback { flow: Arc::clone(&flow), resume, scope: Scope::current(), permit: Arc::new(permit) };
        let addr = match self.active_flows.find(&flow.id) {
            Some(addr) => addr,
            None => self.restore(&flow).inspect_err(count)?,
        };
        let unavailable = |error| SignInError::with_source(Step::Callback, FailureCode::Unavailable, error);
        match addr.send(run.clone()).timeout(CALLBACK_TIMEOUT).await {
            Ok(result) => Ok(result),
            // Stopped between lookup and send; restored from the cookie.
            Err(actix::MailboxError::Closed) => {
                self.restore(&flow).inspect_err(count)?.send(run).timeout(CALLBACK_TIMEOUT).await.map_err(unavailable)
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The flow of a callback, from the browser's cookie.
    fn open(&self, state: &str, sealed: Option<&str>, resume: &Resume) -> Result<Flow, SignInError> {
        let id: FlowId = state.parse().map_err(|_| SignInError::invalid_state(StateFault::Foreign))?;
        // The cookie proves that this browser began the flow, even where its actor is in this process.
        let Some(sealed) = sealed else {
            let is_expired = id.began_at().plus(self.services.settings.ttl) <= self.services.clock.now();
            return Err(SignInError::invalid_state(match resume.cookies {
                _ if is_expired => StateFault::Expired,
                BrowserCookies::None => StateFault::NoCookies,
                BrowserCookies::Others => StateFault::NoFlowCookies,
                BrowserCookies::Flows => StateFault::OtherFlows,
            }));
        };
        let flow = Flow::open(sealed, id, &self.services.sealer)
            .map_err(|_| SignInError::invalid_state(StateFault::Unreadable))?;
        // Each dialect has callbacks of its own; a flow ends in the one that began it.
        let is_same_route = path_of(&flow.redirect_uri) == path_of(&resume.redirect_uri);
        if is_same_route && flow.provider == resume.provider {
            Ok(flow)
        } else {
            Err(SignInError::invalid_state(StateFault::OtherProvider))
        }
    }

    fn restore(&self, flow: &Flow) -> Result<Addr<FlowSupervisor>, SignInError> {
        let is_busy = Arc::new(AtomicBool::new(false));
        let (services, active_flows) = (self.current.upgrade(), self.active_flows.clone());
        let services = services.ok_or_else(|| SignInError::new(Step::Start, FailureCode::Unavailable))?;
        let addr = FlowSupervisor::new(flow, services, active_flows, Arc::clone(&is_busy)).start();
        if self.active_flows.insert(&flow.id, flow.provider.clone(), &addr, is_busy) {
            Ok(addr)
        } else {
            Err(SignInError::new(Step::Start, FailureCode::Unavailable))
        }
    }
}

fn overloaded(step: Step) -> SignInError {
    SignInError::new(step, FailureCode::Unavailable)
}

/// The path of a redirect URI; `server.public_url` may change its host while browsers are at the provider.
fn path_of(redirect_uri: &str) -> Option<&str> {
    let (_, rest) = redirect_uri.split_once("://")?;
    rest.find('/').map(|start| &rest[start..])
}
