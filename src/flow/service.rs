//! The directory of flows: begins them, finds the actor of one, or wakes it from the browser's cookie.
//!
//! What is in memory is only a convenience: an actor that is not found here lives on another node, was put to
//! sleep for a newer one, or died with its process, and is woken from the sealed snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix::{Actor, Addr};
use url::Url;

use super::active_flows::ActiveFlows;
use super::cookie::{Destination, Flow, MAX_SEALED_LEN};
use super::error::{FailureCode, SignInError, Step};
use super::state::FlowId;
pub use super::steps::{FlowServices, HttpClients};
use super::supervisor::{CallbackResult, FlowSupervisor, Passivate, Resume};
use crate::domain::gate::Gate;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::session::pkce;
use crate::user::options::SignUpOptions;

/// How long a whole callback may take.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(30);

/// What an app wants of a new flow.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The provider.
    pub provider: ProviderName,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// Where we send it then; not checked yet. `None`: the default.
    pub return_url: Option<String>,
    /// Echoed at the end.
    pub client_state: Option<String>,
    /// The access token of somebody who wants to connect.
    pub connect: Option<Secret>,
    /// The app's `S256` challenge.
    pub code_challenge: Option<String>,
    /// Whether the person wants to become somebody new, and nobody who is there.
    pub is_sign_up: bool,
    /// Wishes for a new person.
    pub options: SignUpOptions,
    /// What the flow ends in.
    pub destination: Destination,
    /// What the app wants said to the provider in this one request, where the provider's page leaves it to apps.
    pub parameters: BTreeMap<String, String>,
}

/// A flow that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub authorize_url: Url,
    /// The flow's name.
    pub id: FlowId,
    /// The flow, sealed, for the browser's cookie.
    pub sealed: String,
    /// For how long the cookie is good.
    pub ttl: Duration,
}

/// A start that did not succeed.
#[derive(Debug)]
pub struct BeginError {
    /// Why.
    pub error: SignInError,
    /// Where to tell it: the return URL if it was vetted, else nowhere.
    pub return_url: Option<crate::domain::return_url::ReturnUrl>,
}

/// The directory, as one worker sees it.
#[derive(Clone, Debug)]
pub struct SignInService {
    services: FlowServices,
    active_flows: ActiveFlows,
    callbacks: Gate,
}

impl SignInService {
    /// A directory over the process's active_flows flows; `callbacks` counts those that are being worked on.
    #[must_use]
    pub fn new(services: FlowServices, active_flows: ActiveFlows, callbacks: Gate) -> Self {
        Self { services, active_flows, callbacks }
    }

    pub(super) fn services(&self) -> &FlowServices {
        &self.services
    }

    /// Begins a flow. Nothing is written anywhere but into the browser.
    ///
    /// # Errors
    /// [`BeginError`]
    pub async fn begin(&self, begin: Begin) -> Result<Begun, BeginError> {
        if begin.is_sign_up {
            self.services.check_sign_up().map_err(|error| BeginError { error, return_url: None })?;
        }
        let return_url = match &begin.return_url {
            None => self.services.return_urls.default_url().clone(),
            Some(url) => {
                let checked = self.services.check_return_url(url);
                checked.map_err(|error| BeginError { error, return_url: None })?
            }
        };
        let failed = |error| BeginError { error, return_url: Some(return_url.clone()) };
        let resolved = self.services.resolve(&begin.provider, Required::Endpoints).await.map_err(failed)?;
        let mut flow = self.new_flow(&begin, &resolved, return_url.as_str());
        let authorize_url = self.services.authorize(&mut flow, &resolved, &begin.parameters).await.map_err(failed)?;
        let sealed = flow
            .seal(&self.services.sealer, self.services.random.as_ref())
            .map_err(|error| failed(SignInError::with_source(Step::Start, FailureCode::Internal, error)))?;
        if sealed.len() > MAX_SEALED_LEN {
            let error = SignInError::new(Step::Start, FailureCode::OptionsTooLarge);
            return Err(BeginError { error, return_url: None });
        }
        let begun = Begun { authorize_url, id: flow.id.clone(), sealed, ttl: self.services.settings.ttl };
        self.restore(flow).map_err(failed)?;
        Ok(begun)
    }

    fn new_flow(&self, begin: &Begin, resolved: &Resolved, return_url: &str) -> Flow {
        let (now, random) = (self.services.clock.now(), self.services.random.as_ref());
        Flow {
            id: FlowId::new(now, random),
            provider: begin.provider.clone(),
            fingerprint: resolved.provider.fingerprint(),
            redirect_uri: begin.redirect_uri.clone(),
            return_url: return_url.to_owned(),
            client_state: begin.client_state.clone(),
            connect: begin.connect.clone(),
            code_challenge: begin.code_challenge.clone(),
            is_sign_up: begin.is_sign_up,
            options: begin.options.clone(),
            verifier: resolved.provider.uses_pkce.then(|| pkce::new_verifier(random)),
            nonce: resolved.provider.uses_nonce().then(|| Secret::new(random.text::<16>())),
            destination: begin.destination,
            temporary: None,
            expires_at: now.plus(self.services.settings.ttl),
        }
    }

    /// Goes on with a flow of this browser. `sealed` is the cookie that it brought for this `state`.
    ///
    /// # Errors
    /// [`SignInError`] if there is no flow to go on with; what became of a flow is inside [`CallbackResult`].
    pub async fn resume(
        &self,
        state: &str,
        sealed: Option<&str>,
        resume: Resume,
    ) -> Result<CallbackResult, SignInError> {
        let invalid = || SignInError::new(Step::Callback, FailureCode::InvalidState);
        let busy = || SignInError::new(Step::Callback, FailureCode::Unavailable);
        let id: FlowId = state.parse().map_err(|_| invalid())?;
        // The cookie is the proof that this browser began the flow, even if its actor is at hand.
        let flow = Flow::open(sealed.ok_or_else(invalid)?, id, &self.services.sealer)
            .map_err(|error| SignInError::with_source(Step::Callback, FailureCode::InvalidState, error))?;
        // Each dialect has callbacks of its own; a flow ends where it was meant to.
        if path_of(&flow.redirect_uri) != path_of(&resume.redirect_uri) {
            return Err(invalid());
        }
        let _permit = self.callbacks.enter().ok_or_else(busy)?;
        let address = match self.active_flows.find(&flow.id) {
            Some(address) => address,
            None => self.restore(flow.clone())?,
        };
        match address.send(resume.clone()).timeout(CALLBACK_TIMEOUT).await {
            Ok(arrived) => Ok(arrived),
            // It fell asleep between the look and the knock; the snapshot is as good.
            Err(actix::MailboxError::Closed) => {
                let again = self.restore(flow)?.send(resume).timeout(CALLBACK_TIMEOUT).await;
                again.map_err(|error| SignInError::with_source(Step::Callback, FailureCode::Unavailable, error))
            }
            Err(error) => Err(SignInError::with_source(Step::Callback, FailureCode::Unavailable, error)),
        }
    }

    fn restore(&self, flow: Flow) -> Result<Addr<FlowSupervisor>, SignInError> {
        let id = flow.id.clone();
        let is_busy = Arc::new(AtomicBool::new(false));
        let (active_flows, busy_flag) = (self.active_flows.clone(), Arc::clone(&is_busy));
        let on_stop = Box::new(move |flow: &Flow| active_flows.forget(&flow.id, &busy_flag));
        let supervisor = FlowSupervisor::new(flow, self.services.clone(), on_stop, Arc::clone(&is_busy));
        let address = supervisor.start();
        if self.active_flows.enter(&id, &address, is_busy) {
            Ok(address)
        } else {
            // Its deadline keeps an actor alive even when nobody knows its address any more.
            address.try_send(Passivate).ok();
            Err(SignInError::new(Step::Start, FailureCode::Unavailable))
        }
    }
}

/// The path of a redirect URI; its host may change while browsers are away.
fn path_of(redirect_uri: &str) -> Option<&str> {
    let (_, place) = redirect_uri.split_once("://")?;
    place.find('/').map(|start| &place[start..])
}
