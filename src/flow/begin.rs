//! What begins a flow, and what comes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::error::SignInError;
use super::intent::BeginIntent;
use super::record::Credentials;
use super::state::FlowId;
use crate::domain::id::{FlowTag, ProviderName};
use crate::domain::return_url::ReturnUrl;
use crate::user::options::SignUpOptions;

/// An app's request to begin a flow.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The provider.
    pub provider: ProviderName,
    /// Where the provider sends the browser.
    pub redirect_uri: String,
    /// Where the browser returns to in the end; not checked yet. `None`: the default.
    pub return_url: Option<String>,
    /// The app's `state`, returned to it in the end.
    pub client_state: Option<String>,
    /// What the flow is for.
    pub intent: BeginIntent,
    /// Options for a new account.
    pub options: SignUpOptions,
    /// What the app asks of the provider.
    pub asked: AskedOfProvider,
}

/// What an app asks of the provider in one flow, besides signing in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedOfProvider {
    /// Scopes; not checked yet.
    pub scopes: Vec<String>,
    /// The greatest age of the user's authentication at the provider, in seconds, where the definition allows
    /// `max_age`.
    pub max_age: Option<u64>,
    /// Further parameters for the authorization request, where the definition allows them.
    pub parameters: BTreeMap<String, String>,
}

/// A flow that has begun.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub authorize_url: String,
    /// The flow's id, which is its `state`.
    pub id: FlowId,
    /// The value of its cookie.
    pub sealed: String,
    /// The lifetime of the cookie. It outlives the flow, so that a late callback is known to be expired.
    pub ttl: Duration,
}

/// A flow that could not begin.
#[derive(Debug)]
pub struct BeginError {
    /// Why.
    pub error: SignInError,
    /// The return URL, once it is vetted; without one the browser is not redirected.
    pub return_url: Option<ReturnUrl>,
    /// The flow that did not begin.
    pub flow: FlowTag,
}

/// A flow that could not begin, and what its record needs.
pub(super) struct NotBegun {
    pub(super) error: SignInError,
    pub(super) return_url: Option<ReturnUrl>,
    /// Ours, where the provider was asked.
    pub(super) credentials: Option<Credentials>,
}

impl From<SignInError> for NotBegun {
    fn from(error: SignInError) -> Self {
        Self { error, return_url: None, credentials: None }
    }
}
