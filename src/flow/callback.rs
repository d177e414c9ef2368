//! A callback, from what the provider sent to the outcome: [`run`] reads top to bottom.
//!
//! Each step consumes what the one before it returned, so that the compiler holds the order: no code is exchanged
//! before its flow is marked used, and no user is signed in before being identified.

mod exchange;
mod finish;
mod identify;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::cookie::Flow;
use super::error::{FailureCode, SignInError, Step};
use super::record::Event;
use super::record::codes::ErrorCode;
use super::record::fault::{CallbackFault, Fault, StateFault};
use super::services::FlowServices;
use super::supervisor::{Outcome, Resume};
use super::timeline::Timeline;
use crate::domain::audit::RequestOrigin;
use crate::domain::clock::Timestamp;
use crate::domain::fail_point;
use crate::domain::id::ProviderName;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::issuer::check_issuer;
use crate::oauth::oauth1::TokenCredentials;
use crate::oauth::token_endpoint::exchange::TokenResponse;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::store::StoreError;
use crate::store::used_flows::FlowMark;

/// The longest authorization code, in bytes: about twice what any provider is known to send.
const MAX_CODE_LEN: usize = 2048;

/// How long the mark of a used flow outlives the flow: longer than a callback takes and the clocks of two nodes
/// differ, so that a node which accepts a callback a little late still finds it.
const USED_FLOW_RETENTION: Duration = Duration::from_secs(3600);

/// What a provider sends through the browser (RFC 6749 sections 4.1.2 and 4.1.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callback {
    /// The authorization code; of OAuth 1.0a the verifier.
    pub code: Option<Secret>,
    /// The provider's own error.
    pub error: Option<ProviderErrorResponse>,
    /// The issuer of the response (RFC 9207).
    pub iss: Option<String>,
    /// Of OAuth 1.0a: the temporary credentials that were authorized.
    pub oauth_token: Option<Secret>,
    /// Of Apple: the form field `user`, which is not signed.
    pub user: Option<String>,
}

/// An error as a provider words it; untrusted text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderErrorResponse {
    /// `error`
    pub error: String,
    /// `error_description`
    pub description: String,
    /// `error_uri`
    pub uri: String,
}

/// The error code that a provider sent, reduced to characters that are safe in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the provider reported {0:?}")]
pub(super) struct ReportedError(String);

impl ReportedError {
    /// The fault that it is, with its code if that is a known one.
    pub(super) fn fault(&self) -> Fault {
        let code = ErrorCode::of(&self.0);
        if is_denial(&self.0) { Fault::Denied } else { Fault::Reported(code) }
    }
}

/// Whether an error says that the user denied consent (RFC 6749 section 4.1.2.1, and the codes of Apple and LinkedIn).
fn is_denial(error: &str) -> bool {
    matches!(error, "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" | "user_denied")
}

impl ProviderErrorResponse {
    fn reported(&self) -> ReportedError {
        let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        ReportedError(self.error.chars().filter(is_safe).take(64).collect())
    }
}

/// Carries out a callback.
pub(super) async fn run(flow: OpenFlow, resume: Resume) -> Result<Outcome, SignInError> {
    let callback = flow.accept(resume).await?;
    let Some(used) = callback.mark_used().await? else { return Ok(Outcome::AlreadyUsed) };
    let grant = used.exchange().await?;
    let identified = grant.identify().await?;
    identified.finish().await
}

/// A flow whose browser is at the provider.
pub(super) struct OpenFlow {
    flow: Arc<Flow>,
    services: Rc<FlowServices>,
    timeline: Rc<Timeline>,
}

/// A callback that belongs to its flow. Nothing has been sent or written yet.
struct AcceptedCallback {
    flow: OpenFlow,
    provider: Resolved,
    code: Secret,
    form_name: Option<String>,
    ip: Option<IpAddr>,
}

/// An accepted callback whose flow this process, and no other, marked used.
struct UsedFlow(AcceptedCallback);

/// What the provider issued for the code.
struct Grant {
    flow: OpenFlow,
    provider: Resolved,
    issued: IssuedTokens,
    form_name: Option<String>,
    ip: Option<IpAddr>,
}

/// The answer of a provider's token endpoint.
enum IssuedTokens {
    OAuth2(TokenResponse),
    OAuth1(TokenCredentials),
}

/// The user at the provider, with the tokens that were issued for them.
struct Identified {
    flow: OpenFlow,
    profile: ExternalProfile,
    tokens: ProviderTokens,
    ip: Option<IpAddr>,
}

impl OpenFlow {
    pub(super) fn new(flow: Arc<Flow>, services: Rc<FlowServices>, timeline: Rc<Timeline>) -> Self {
        Self { flow, services, timeline }
    }

    fn origin(&self, ip: Option<IpAddr>) -> RequestOrigin {
        RequestOrigin::new(ip, Some(self.timeline.flow()))
    }

    /// Checks that the callback belongs to this flow. Everything but the provider's metadata is at hand.
    async fn accept(self, resume: Resume) -> Result<AcceptedCallback, SignInError> {
        fail_point::reached("callback");
        let Resume { provider, redirect_uri: _, mut callback, cookies: _, ip } = resume;
        self.services
            .check_return_url(&self.flow.return_url)
            .map_err(|error| SignInError { step: Step::Callback, ..error })?;
        check_expected(&self.flow, &provider, self.services.clock.now())?;
        let provider = self.services.resolve(&self.flow.provider, Required::Endpoints).await?;
        let form_name = callback.user.take().and_then(|user| provider.provider.name_from_form(&user));
        let expected = ExpectedProvider {
            fingerprint: provider.provider.fingerprint(),
            issuer: provider.endpoints.response_issuer.as_deref(),
            is_issuer_required: provider.endpoints.is_response_issuer_required,
        };
        let code = authorization_code(&self.flow, callback, expected)?;
        self.timeline.record(Event::StateAccepted);
        Ok(AcceptedCallback { flow: self, provider, code, form_name, ip })
    }
}

impl AcceptedCallback {
    /// One statement decides on all nodes who continues; `None`: another callback does.
    async fn mark_used(self) -> Result<Option<UsedFlow>, SignInError> {
        let flow = &self.flow.flow;
        let keep_until = flow.expires_at.plus(USED_FLOW_RETENTION);
        let mark = FlowMark { flow_hash: sha256(flow.id.as_str()), expires_at: keep_until };
        let is_first = self.flow.services.marks.carry_out(mark).await.map_err(StoreError::from).flatten();
        fail_point::reached("mark-used");
        let is_first =
            is_first.map_err(|error| SignInError::with_source(Step::MarkUsed, FailureCode::Unavailable, error))?;
        self.flow.timeline.record(if is_first { Event::MarkedUsed } else { Event::UsedBefore });
        Ok(is_first.then_some(UsedFlow(self)))
    }
}

/// Checks that the flow waits for this provider, and still does.
pub(super) fn check_expected(flow: &Flow, provider: &ProviderName, now: Timestamp) -> Result<(), SignInError> {
    let fault = match () {
        () if *provider != flow.provider => StateFault::OtherProvider,
        () if now >= flow.expires_at => StateFault::Expired,
        () => return Ok(()),
    };
    Err(SignInError::invalid_state(fault))
}

/// The provider as it is now, to compare with the flow and the callback.
#[derive(Clone, Copy, Debug)]
struct ExpectedProvider<'a> {
    /// The fingerprint of its settings.
    fingerprint: &'a str,
    /// The value that `iss` must have.
    issuer: Option<&'a str>,
    /// Whether `iss` must be present.
    is_issuer_required: bool,
}

/// The code of a callback that belongs to this flow.
fn authorization_code(flow: &Flow, callback: Callback, expected: ExpectedProvider<'_>) -> Result<Secret, SignInError> {
    let refuse = |fault| SignInError::with_source(Step::Callback, FailureCode::InvalidCallback, fault);
    if expected.fingerprint != flow.fingerprint {
        return Err(SignInError::invalid_state(StateFault::SettingsChanged));
    }
    check_issuer(callback.iss.as_deref(), expected.issuer, expected.is_issuer_required)
        .map_err(|error| SignInError::with_source(Step::Callback, FailureCode::InvalidCallback, error))?;
    if let Some(error) = &callback.error {
        let code = if is_denial(&error.error) { FailureCode::ConsentDenied } else { FailureCode::ProviderError };
        return Err(SignInError::with_source(Step::Callback, code, error.reported()));
    }
    if flow.temporary.as_ref().map(|own| &own.token) != callback.oauth_token.as_ref() {
        return Err(refuse(CallbackFault::OtherTemporaryCredentials));
    }
    let code = callback.code.filter(|code| !code.is_empty()).ok_or_else(|| refuse(CallbackFault::NoCode))?;
    if code.expose().len() > MAX_CODE_LEN { Err(refuse(CallbackFault::CodeTooLong)) } else { Ok(code) }
}
