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

use super::error::{Code, SignInError, Step};
use super::live::Live;
use super::pkce;
use super::snapshot::{Destination, Flow, MOST};
use super::state::FlowId;
use super::supervisor::{Arrived, FlowSupervisor, Passivate, Resume};
pub use super::work::{Clients, Workshop};
use crate::domain::gate::Gate;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::provider::known::{Need, Resolved};
use crate::user::options::SignUpOptions;

/// How long a whole callback may take.
const PATIENCE: Duration = Duration::from_secs(30);

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
pub struct NotBegun {
    /// Why.
    pub error: SignInError,
    /// Where to tell it: the return URL if it was vetted, else nowhere.
    pub return_url: Option<crate::domain::return_url::ReturnUrl>,
}

/// The directory, as one worker sees it.
#[derive(Clone, Debug)]
pub struct Directory {
    workshop: Workshop,
    live: Live,
    callbacks: Gate,
}

impl Directory {
    /// A directory over the process's live flows; `callbacks` counts those that are being worked on.
    #[must_use]
    pub fn new(workshop: Workshop, live: Live, callbacks: Gate) -> Self {
        Self { workshop, live, callbacks }
    }

    pub(super) fn workshop(&self) -> &Workshop {
        &self.workshop
    }

    /// Begins a flow. Nothing is written anywhere but into the browser.
    ///
    /// # Errors
    /// [`NotBegun`]
    pub async fn begin(&self, wish: Begin) -> Result<Begun, NotBegun> {
        if wish.is_sign_up {
            self.workshop.check_sign_up().map_err(|error| NotBegun { error, return_url: None })?;
        }
        let return_url = match &wish.return_url {
            None => self.workshop.return_urls.default_url().clone(),
            Some(url) => {
                let checked = self.workshop.check_return_url(url);
                checked.map_err(|error| NotBegun { error, return_url: None })?
            }
        };
        let not_begun = |error| NotBegun { error, return_url: Some(return_url.clone()) };
        let resolved = self.workshop.resolve(&wish.provider, Need::Endpoints).await.map_err(not_begun)?;
        let mut flow = self.new_flow(&wish, &resolved, return_url.as_str());
        let authorize_url = self.workshop.leave(&mut flow, &resolved, &wish.parameters).await.map_err(not_begun)?;
        let sealed = flow
            .seal(&self.workshop.sealer, self.workshop.entropy.as_ref())
            .map_err(|error| not_begun(SignInError::caused(Step::Start, Code::Internal, error)))?;
        if sealed.len() > MOST {
            let error = SignInError::new(Step::Start, Code::TooLarge);
            return Err(NotBegun { error, return_url: None });
        }
        let begun = Begun { authorize_url, id: flow.id.clone(), sealed, ttl: self.workshop.settings.ttl };
        self.wake(flow).map_err(not_begun)?;
        Ok(begun)
    }

    fn new_flow(&self, wish: &Begin, resolved: &Resolved, return_url: &str) -> Flow {
        let (now, entropy) = (self.workshop.clock.now(), self.workshop.entropy.as_ref());
        Flow {
            id: FlowId::new(now, entropy),
            provider: wish.provider.clone(),
            fingerprint: resolved.provider.fingerprint(),
            redirect_uri: wish.redirect_uri.clone(),
            return_url: return_url.to_owned(),
            client_state: wish.client_state.clone(),
            connect: wish.connect.clone(),
            code_challenge: wish.code_challenge.clone(),
            is_sign_up: wish.is_sign_up,
            options: wish.options.clone(),
            verifier: resolved.provider.is_pkce_used.then(|| pkce::new_verifier(entropy)),
            nonce: resolved.provider.is_nonce_used().then(|| Secret::new(entropy.text::<16>())),
            destination: wish.destination,
            temporary: None,
            expires_at: now.plus(self.workshop.settings.ttl),
        }
    }

    /// Goes on with a flow of this browser. `sealed` is the cookie that it brought for this `state`.
    ///
    /// # Errors
    /// [`SignInError`] if there is no flow to go on with; what became of a flow is inside [`Arrived`].
    pub async fn resume(&self, state: &str, sealed: Option<&str>, resume: Resume) -> Result<Arrived, SignInError> {
        let invalid = || SignInError::new(Step::Callback, Code::InvalidState);
        let busy = || SignInError::new(Step::Callback, Code::Unavailable);
        let id: FlowId = state.parse().map_err(|_| invalid())?;
        // The cookie is the proof that this browser began the flow, even if its actor is at hand.
        let flow = Flow::open(sealed.ok_or_else(invalid)?, id, &self.workshop.sealer)
            .map_err(|error| SignInError::caused(Step::Callback, Code::InvalidState, error))?;
        // Each dialect has callbacks of its own; a flow ends where it was meant to.
        if path_of(&flow.redirect_uri) != path_of(&resume.redirect_uri) {
            return Err(invalid());
        }
        let _permit = self.callbacks.enter().ok_or_else(busy)?;
        let address = match self.live.find(&flow.id) {
            Some(address) => address,
            None => self.wake(flow.clone())?,
        };
        match address.send(resume.clone()).timeout(PATIENCE).await {
            Ok(arrived) => Ok(arrived),
            // It fell asleep between the look and the knock; the snapshot is as good.
            Err(actix::MailboxError::Closed) => {
                let again = self.wake(flow)?.send(resume).timeout(PATIENCE).await;
                again.map_err(|error| SignInError::caused(Step::Callback, Code::Unavailable, error))
            }
            Err(error) => Err(SignInError::caused(Step::Callback, Code::Unavailable, error)),
        }
    }

    fn wake(&self, flow: Flow) -> Result<Addr<FlowSupervisor>, SignInError> {
        let id = flow.id.clone();
        let is_busy = Arc::new(AtomicBool::new(false));
        let (live, light) = (self.live.clone(), Arc::clone(&is_busy));
        let farewell = Box::new(move |flow: &Flow| live.forget(&flow.id, &light));
        let supervisor = FlowSupervisor::new(flow, self.workshop.clone(), farewell, Arc::clone(&is_busy));
        let address = supervisor.start();
        if self.live.enter(&id, &address, is_busy) {
            Ok(address)
        } else {
            // Its deadline keeps an actor alive even when nobody knows its address any more.
            address.try_send(Passivate).ok();
            Err(SignInError::new(Step::Start, Code::Unavailable))
        }
    }
}

/// The path of a redirect URI; its host may change while browsers are away.
fn path_of(redirect_uri: &str) -> Option<&str> {
    let (_, place) = redirect_uri.split_once("://")?;
    place.find('/').map(|start| &place[start..])
}
