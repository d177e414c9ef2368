//! What the flows of one worker use: providers, users, the vault, the store, and a few values of the settings.

#[cfg(all(feature = "sqlite", feature = "simulator"))]
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ::log::kv::Value;

use super::error::{FailureCode, SignInError, Step};
use super::failure_log::FailureLog;
use super::intent::BeginIntent;
use super::marks::{FindUsedFlows, MarkFlows};
use super::record::archive::FlowArchive;
use super::record::ring::FlowRecords;
use super::timeline::Timeline;
use crate::actor::batch::Batcher;
use crate::actor::handle::ActorHandle;
use crate::domain::audit::RequestOrigin;
use crate::domain::client_address::ClientAddressPolicy;
use crate::domain::clock::Clock;
use crate::domain::custody::Custody;
use crate::domain::grant_lifetime::GrantLifetime;
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::profile::ExternalProfile;
use crate::domain::random::RandomSource;
use crate::domain::return_url::{AllowList, ReturnUrl};
use crate::domain::seal::Sealer;
use crate::domain::sealable_grant::{GrantTerms, SealableGrant};
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::oauth::http::HttpClient;
use crate::provider::identify::IdentifyError;
use crate::provider::metadata_cache::{Required, Resolved};
use crate::provider::oauth1::SigningContext;
use crate::provider::providers::Providers;
use crate::session::access_token::AccessTokens;
use crate::settings::Flow as FlowSettings;
use crate::user::hooks::Consulted;
use crate::user::messages::{Credential, Intent, SignIn, SignInDone, SignedIn};
use crate::user::options::SignUpOptions;
use crate::user::repo::UserRepo;
use crate::vault::cipher::TokenCipher;
use crate::vault::grant_cipher::GrantCipher;
use crate::vault::vault::TokenVault;

/// The dependencies of flows, shared by all flows of a worker.
pub struct FlowServices {
    /// The configured providers.
    pub providers: Providers,
    /// Users and sessions.
    pub users: ActorHandle<UserRepo>,
    /// Provider tokens and tickets.
    pub vault: ActorHandle<TokenVault>,
    /// Seals provider tokens for the transaction of a sign-in.
    pub cipher: TokenCipher,
    /// How long provider tokens can be taken.
    pub vault_ttl: Duration,
    /// Seals the tokens of grants for the same transaction.
    pub grant_cipher: GrantCipher,
    /// How long before its expiry an access token of a grant is refreshed.
    pub refresh_ahead: Option<Duration>,
    /// Marks flows as used.
    pub marks: Batcher<MarkFlows>,
    /// Looks for marks of other nodes.
    pub used_flows: Batcher<FindUsedFlows>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Verifies the access token of `connect=`.
    pub access_tokens: AccessTokens,
    /// Where browsers may return to.
    pub return_urls: Arc<AllowList>,
    /// Seals flows into cookies.
    pub sealer: Sealer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn RandomSource>,
    /// How long a flow may take.
    pub settings: FlowSettings,
    /// HTTP clients of the providers.
    pub clients: HttpClients,
    /// How much of a client's address is logged.
    pub client_ip: ClientAddressPolicy,
    /// What became of flows.
    pub records: FlowRecords,
    /// The same of all nodes, if the settings say so.
    pub archive: Option<FlowArchive>,
    /// Who is told what happened.
    pub events: Events,
    /// How much is logged of what fails.
    pub failures: FailureLog,
    /// Whether accounts may be created; without it, sign-ups end before the redirect.
    pub is_sign_up_enabled: bool,
}

/// Gives the services as they are now. A flow's actor outlives a reload of the settings, so it asks at each callback.
pub trait CurrentServices {
    /// The services of this worker.
    fn current(&self) -> Rc<FlowServices>;
}

/// The HTTP clients of one worker, one for each provider, made when first needed.
#[derive(Clone, Default)]
pub struct HttpClients(Rc<RefCell<HashMap<ProviderName, HttpClient>>>);

impl HttpClients {
    pub(super) fn of(&self, resolved: &Resolved) -> HttpClient {
        let name = resolved.provider.name.clone();
        self.0.borrow_mut().entry(name).or_insert_with(|| resolved.provider.http_client()).clone()
    }
}

impl std::fmt::Debug for FlowServices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowServices").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// A user whom a provider identified, and what to do about it.
#[derive(Debug)]
pub(super) struct IdentifiedUser {
    pub(super) profile: ExternalProfile,
    /// What the provider issued; an id_token that a client presents comes without.
    pub(super) tokens: Option<ProviderTokens>,
    pub(super) intent: Intent,
    pub(super) options: SignUpOptions,
    pub(super) credential: Credential,
    /// Whether the request is answered with an access token.
    pub(super) returns_access_token: bool,
    pub(super) origin: RequestOrigin,
}

impl FlowServices {
    pub(super) fn check_return_url(&self, url: &str) -> Result<ReturnUrl, SignInError> {
        let not_allowed = |error| SignInError::with_source(Step::Start, FailureCode::ReturnUrlNotAllowed, error);
        self.return_urls.check(url).map_err(not_allowed)
    }

    /// As [`Self::check_return_url`], for a flow that ends with what the intent says. Any program of the machine can
    /// listen at a loopback port, so that none gets a refresh token (RFC 8252 section 8.1).
    pub(super) fn check_return_url_for(&self, url: &str, intent: &BeginIntent) -> Result<ReturnUrl, SignInError> {
        let url = self.check_return_url(url)?;
        let puts_token_in_url = matches!(
            intent,
            BeginIntent::SignIn(Credential::RefreshToken) | BeginIntent::SignUp(Credential::RefreshToken)
        );
        if url.is_any_port() && puts_token_in_url {
            return Err(SignInError::new(Step::Start, FailureCode::ReturnUrlNotAllowed));
        }
        Ok(url)
    }

    pub(super) fn check_sign_up(&self) -> Result<(), SignInError> {
        let is_off = !self.is_sign_up_enabled;
        if is_off { Err(SignInError::new(Step::Start, FailureCode::SignUpDisabled)) } else { Ok(()) }
    }

    pub(super) fn signing(&self) -> SigningContext<'_> {
        SigningContext { now: self.clock.now(), random: self.random.as_ref() }
    }

    pub(super) async fn resolve(&self, name: &ProviderName, required: Required) -> Result<Resolved, SignInError> {
        self.providers.resolve(name, required).await.map_err(SignInError::unresolved)
    }

    /// Verifies an id_token by [`Providers::with_current_keys`].
    pub(super) async fn with_current_keys<T>(
        &self,
        resolved: &Resolved,
        verify: impl Fn(&Resolved) -> Result<T, IdentifyError>,
    ) -> Result<Result<T, IdentifyError>, SignInError> {
        self.providers.with_current_keys(resolved, verify).await.map_err(SignInError::unresolved)
    }

    /// Signs in, in one transaction, which takes the ticket where there is one and stores the provider's tokens sealed.
    pub(super) async fn sign_in(
        &self,
        user: IdentifiedUser,
        ticket: Option<[u8; 32]>,
    ) -> Result<SignInDone, SignInError> {
        let IdentifiedUser { profile, tokens, intent, options, credential, returns_access_token, origin } = user;
        let provider = profile.provider.clone();
        let kept_until = self.clock.now().plus(self.vault_ttl);
        let grant = tokens.as_ref().and_then(|tokens| self.grant(&provider, tokens));
        // What the service keeps, the app does not get to refresh.
        let tokens = tokens.map(|tokens| match &grant {
            Some(_) => ProviderTokens { refresh_token: None, ..tokens },
            None => tokens,
        });
        let sealable_tokens = tokens.map(|tokens| self.cipher.sealable(provider.clone(), &tokens, kept_until));
        let sign_in = Box::new(SignIn {
            profile,
            intent,
            options,
            sealable_tokens,
            grant,
            ticket,
            credential,
            returns_access_token,
            consulted: Consulted::default(),
            origin,
        });
        let done = self.users.send(sign_in).await??;
        self.count_done(&provider, &done);
        Ok(done)
    }

    /// The tokens as a grant, if the service keeps those of this provider.
    fn grant(&self, name: &ProviderName, tokens: &ProviderTokens) -> Option<SealableGrant> {
        self.providers.get(name).filter(|provider| provider.custody == Custody::Managed)?;
        let (now, [jitter]) = (self.clock.now(), self.random.bytes());
        let lifetime = |tokens: &ProviderTokens| GrantLifetime::of(tokens, self.refresh_ahead, jitter, now);
        let with_earlier = ProviderTokens { refresh_token: Some(Secret::new("")), ..tokens.clone() };
        let terms = GrantTerms {
            provider: name.clone(),
            scopes: tokens.scopes.clone(),
            can_refresh: tokens.refresh_token.is_some(),
            lifetime: lifetime(tokens),
            lifetime_with_earlier: lifetime(&with_earlier),
        };
        Some(self.grant_cipher.sealable(terms, tokens))
    }

    /// The line of a sign-in: who signed in, from where, in which session.
    pub(super) fn log_signed_in(&self, done: &SignInDone, ip: Option<IpAddr>, steps: Option<&Timeline>) {
        let (user, account, client) = (done.user_id, done.account.as_str(), self.client_ip.apply(ip));
        let steps = steps.map(Value::from_display);
        let (session, message) = match &done.signed_in {
            SignedIn::Session { session, .. } => (Some(session.id().to_string()), "signed in"),
            SignedIn::Code(_) => (None, "signed in; the session begins when the code is exchanged"),
            SignedIn::Connected => (None, "identity linked"),
            SignedIn::PendingVerification => (None, "account created; its email must be verified first"),
        };
        log::info!(user:%, session, account, client, steps; "{message}");
    }
}
