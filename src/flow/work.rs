//! The steps of a journey that ask somebody: each a question, an answer, and a failure with its step and code.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::error::{Code, SignInError, Step};
use super::snapshot::Flow;
use crate::actor::door::{Door, NoAnswer};
use crate::domain::audit::Origin;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::entropy::Entropy;
use crate::domain::hash::hash;
use crate::domain::id::ProviderName;
use crate::domain::profile::ExternalProfile;
use crate::domain::return_url::{AllowList, ReturnUrl};
use crate::domain::seal::Sealer;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::exchange::{CodeExchange, ExchangeError, Others, TokenResponse, exchange_code};
use crate::oauth::http::HttpClient;
use crate::oauth::id_token::IdTokenError;
use crate::oauth::oauth1::TokenCredentials;
use crate::provider::identify::{Answered, IdentifyError};
use crate::provider::known::{Need, ResolveError, Resolved};
use crate::provider::providers::Providers;
use crate::provider::signed::Signing;
use crate::session::access::AccessTokens;
use crate::settings::Flow as FlowSettings;
use crate::store::{Store, claims};
use crate::user::messages::{Credential, Intent, KeepName, SignIn, SignedIn, UserError};
use crate::user::policy::Refusal;
use crate::user::repo::UserRepo;
use crate::vault::vault::{Seal, TokenVault};

/// For how long a claim outlives its flow: longer than a callback takes, and than the clocks of two nodes differ, so
/// that whoever admitted the callback a little too late still finds the claim.
const CLAIM_KEPT: Duration = Duration::from_secs(3600);

/// Whom the flows of one worker ask. Cheap to clone; stays on its thread.
#[derive(Clone)]
pub struct Workshop {
    /// Providers.
    pub providers: Providers,
    /// People.
    pub users: Door<UserRepo>,
    /// Tokens.
    pub vault: Door<TokenVault>,
    /// Claims.
    pub store: Store,
    /// Who wants to connect.
    pub access_tokens: AccessTokens,
    /// Where browsers may return to.
    pub return_urls: Arc<AllowList>,
    /// Seals flows.
    pub sealer: Sealer,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// How long flows live.
    pub settings: FlowSettings,
    /// One small pool for each provider.
    pub clients: Clients,
    /// Whether strangers may become people here; else nobody is sent away for it.
    pub is_sign_up_enabled: bool,
}

/// What a provider gave for a code or a verifier.
pub(super) struct Gained {
    pub(super) tokens: TokenResponse,
    /// Of OAuth 1.0a alone.
    token_secret: Option<Secret>,
}

impl From<TokenCredentials> for Gained {
    fn from(credentials: TokenCredentials) -> Self {
        let tokens = TokenResponse {
            access_token: credentials.token,
            refresh_token: None,
            expires_in: None,
            id_token: None,
            others: Others::default(),
        };
        Self { tokens, token_secret: Some(credentials.secret) }
    }
}

impl Gained {
    /// The form in which they are kept.
    pub(super) fn into_tokens(self, now: Timestamp) -> ProviderTokens {
        let Self { tokens, token_secret } = self;
        ProviderTokens {
            access_token: tokens.access_token,
            token_secret,
            expires_in: tokens.expires_in,
            expires_at: tokens.expires_in.map(|seconds| now.plus(Duration::from_secs(seconds))),
            refresh_token: tokens.refresh_token,
        }
    }
}

/// The HTTP clients of one worker, one for each provider, made when first needed.
#[derive(Clone, Default)]
pub struct Clients(Rc<RefCell<HashMap<ProviderName, HttpClient>>>);

impl Clients {
    pub(super) fn of(&self, resolved: &Resolved) -> HttpClient {
        let name = resolved.provider.name.clone();
        self.0.borrow_mut().entry(name).or_insert_with(|| HttpClient::new(&resolved.provider.http)).clone()
    }
}

impl std::fmt::Debug for Workshop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workshop").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Workshop {
    pub(super) fn check_return_url(&self, url: &str) -> Result<ReturnUrl, SignInError> {
        let refused = |error| SignInError::caused(Step::Start, Code::ReturnUrlNotAllowed, error);
        self.return_urls.check(url).map_err(refused)
    }

    pub(super) fn check_sign_up(&self) -> Result<(), SignInError> {
        let is_off = !self.is_sign_up_enabled;
        if is_off { Err(SignInError::new(Step::Start, Code::SignUpDisabled)) } else { Ok(()) }
    }

    pub(super) async fn resolve(&self, name: &ProviderName, need: Need) -> Result<Resolved, SignInError> {
        self.providers.resolve(name, need).await.map_err(|error| {
            let code = match &error {
                ResolveError::Unknown => Code::ProviderDisabled,
                ResolveError::Discovery(_)
                | ResolveError::Keys(_)
                | ResolveError::Resting
                | ResolveError::NoAnswer(_) => Code::Unavailable,
            };
            SignInError::caused(Step::Resolve, code, error)
        })
    }

    /// One statement; of all who ask, on all nodes, one hears `true`.
    pub(super) async fn claim(&self, flow: &Flow) -> Result<bool, SignInError> {
        claims::claim(&self.store, hash(flow.id.as_str()), flow.expires_at.plus(CLAIM_KEPT))
            .await
            .map_err(|error| SignInError::caused(Step::Claim, Code::Unavailable, error))
    }

    /// The code is presented once; whatever comes of it, it is spent.
    pub(super) async fn exchange(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        code: &Secret,
    ) -> Result<Gained, SignInError> {
        let exchanged = match &flow.temporary {
            None => self.exchange_code(flow, resolved, code).await,
            Some(own) => {
                let (http, temporary) = (self.clients.of(resolved), (&own.token, &own.secret));
                let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
                provider.token_credentials(&http, endpoints, temporary, code, self.signing()).await.map(Gained::from)
            }
        };
        let is_outage = matches!(&exchanged, Err(ExchangeError::Http(error)) if error.is_outage());
        self.providers.note(&flow.provider, is_outage);
        exchanged.map_err(|error| SignInError::caused(Step::Exchange, Code::ExchangeFailed, error))
    }

    async fn exchange_code(&self, flow: &Flow, resolved: &Resolved, code: &Secret) -> Result<Gained, ExchangeError> {
        let client = resolved.provider.credentials(self.clock.now(), self.entropy.as_ref());
        let exchange = CodeExchange {
            token_endpoint: &resolved.endpoints.token,
            client: &client.map_err(|_| ExchangeError::Malformed("private_key"))?,
            redirect_uri: &flow.redirect_uri,
            code,
            code_verifier: flow.verifier.as_ref(),
        };
        let tokens = exchange_code(&self.clients.of(resolved), exchange).await?;
        Ok(Gained { tokens, token_secret: None })
    }

    fn signing(&self) -> Signing<'_> {
        Signing { now: self.clock.now(), entropy: self.entropy.as_ref() }
    }

    pub(super) async fn identify(
        &self,
        flow: &Flow,
        resolved: Resolved,
        gained: &Gained,
    ) -> Result<ExternalProfile, SignInError> {
        let failed = |error: IdentifyError| SignInError::caused(Step::Identify, Code::ProfileFailed, error);
        let (http, tokens) = (self.clients.of(&resolved), &gained.tokens);
        let identified = match &gained.token_secret {
            Some(secret) => {
                let credentials = (&tokens.access_token, secret);
                resolved.provider.identify_signed(&http, &resolved.endpoints, credentials, self.signing()).await
            }
            None => {
                let claims = self.check_id_token(flow, &resolved, tokens).await?.map_err(failed)?;
                resolved.provider.identify(&http, &resolved.endpoints, tokens, claims).await
            }
        };
        self.providers.note(&flow.provider, matches!(&identified, Err(error) if error.is_outage()));
        identified.map_err(failed)
    }

    async fn check_id_token(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        tokens: &TokenResponse,
    ) -> Result<Result<Option<Value>, IdentifyError>, SignInError> {
        let check = |resolved: &Resolved| {
            let keys = resolved.keys();
            let answered = Answered { tokens, nonce: flow.nonce.as_ref(), keys, now: self.clock.now() };
            resolved.provider.check_id_token(answered)
        };
        Ok(match check(resolved) {
            // The provider may have changed its keys since we fetched them, or we never had any.
            Err(IdentifyError::IdToken(IdTokenError::UnknownKey)) => {
                let need = if resolved.keys().is_some() { Need::FreshKeys } else { Need::Keys };
                let fresh = self.providers.resolve(&flow.provider, need).await;
                check(&fresh.map_err(|error| SignInError::caused(Step::Identify, Code::ProfileFailed, error))?)
            }
            checked => checked,
        })
    }

    /// Into the vault's hands, then into one transaction.
    pub(super) async fn sign_in(
        &self,
        flow: &Flow,
        profile: ExternalProfile,
        gained: Gained,
        origin: Origin,
    ) -> Result<SignedIn, SignInError> {
        let now = self.clock.now();
        let intent = match &flow.connect {
            None if flow.is_sign_up => Intent::SignUp,
            None => Intent::SignIn,
            Some(token) => {
                let speaker = self.access_tokens.verify(token.expose(), now);
                let speaker = speaker.map_err(|e| SignInError::caused(Step::SignIn, Code::InvalidConnect, e))?;
                Intent::Connect(speaker.user_id)
            }
        };
        let seal = Seal { provider: flow.provider.clone(), tokens: gained.into_tokens(now) };
        let deposit = self.vault.ask(seal).await.map_err(no_answer)?;
        let credential = match &flow.code_challenge {
            Some(challenge) => Credential::Code { challenge: challenge.clone() },
            None => Credential::RefreshToken,
        };
        let options = flow.options.clone();
        let sign_in = SignIn { profile, intent, options, deposit: Some(deposit), credential, origin };
        self.write_down(sign_in).await
    }

    /// A name that is told once must not be lost, whatever becomes of this sign-in.
    pub(super) async fn keep_name(&self, profile: &ExternalProfile, name: String) -> Result<(), SignInError> {
        let keep = KeepName { provider: profile.provider.clone(), subject: profile.subject.clone(), name };
        self.users.ask(keep).await.map_err(no_answer)?.map_err(refused)
    }

    /// One transaction.
    pub(super) async fn write_down(&self, sign_in: SignIn) -> Result<SignedIn, SignInError> {
        self.users.ask(sign_in).await.map_err(no_answer)?.map_err(refused)
    }
}

pub(super) fn no_answer(error: NoAnswer) -> SignInError {
    SignInError::caused(Step::SignIn, Code::Unavailable, error)
}

pub(super) fn refused(error: UserError) -> SignInError {
    let code = match &error {
        UserError::Refused(refusal) => match refusal {
            Refusal::Disabled => Code::UserDisabled,
            Refusal::Unverified => Code::UserUnverified,
            Refusal::SignUpDisabled => Code::SignUpDisabled,
            Refusal::AlreadyLinked => Code::AlreadyLinked,
            // Whom the lists keep out does not learn that there are lists.
            Refusal::Unknown | Refusal::AddressNotAllowed => Code::UserUnknown,
            Refusal::AlreadyExists => Code::UserAlreadyExists,
            Refusal::NotFresh | Refusal::NotLinked | Refusal::LastWayIn => Code::Internal,
            Refusal::RoleNotAllowed => Code::RoleNotAllowed,
            Refusal::DefaultRoleNotAllowed => Code::DefaultRoleNotAllowed,
        },
        UserError::Vetoed(_) => Code::Vetoed,
        UserError::Store(_) => Code::Unavailable,
        UserError::RefreshTokenNotValid | UserError::CodeNotValid | UserError::NotMade => Code::Internal,
    };
    SignInError::caused(Step::SignIn, code, error)
}
