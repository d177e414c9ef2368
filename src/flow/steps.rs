//! The steps of a journey that ask somebody: each a question, an answer, and a failure with its step and code.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::cookie::Flow;
use super::error::{FailureCode, SignInError, Step};
use crate::actor::handle::{ActorHandle, SendError};
use crate::domain::audit::RequestOrigin;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::id::ProviderName;
use crate::domain::profile::ExternalProfile;
use crate::domain::random::RandomSource;
use crate::domain::return_url::{AllowList, ReturnUrl};
use crate::domain::seal::Sealer;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::domain::tokens::ProviderTokens;
use crate::oauth::endpoint_error::EndpointError;
use crate::oauth::http::HttpClient;
use crate::oauth::id_token::IdTokenError;
use crate::oauth::oauth1::TokenCredentials;
use crate::oauth::token_endpoint::exchange::{CodeExchange, ExtraFields, TokenResponse, exchange_code};
use crate::provider::identify::{IdTokenContext, IdentifyError};
use crate::provider::metadata_cache::{Required, ResolveError, Resolved};
use crate::provider::oauth1::SigningContext;
use crate::provider::providers::Providers;
use crate::session::access_token::AccessTokens;
use crate::settings::Flow as FlowSettings;
use crate::store::{Store, used_flows};
use crate::user::messages::{Credential, Intent, RequireFresh, SignIn, SignedIn, StorePendingName, UserError};
use crate::user::policy::PolicyError;
use crate::user::repo::UserRepo;
use crate::vault::vault::{Seal, TokenVault};

/// For how long a claim outlives its flow: longer than a callback takes, and than the clocks of two nodes differ, so
/// that whoever admitted the callback a little too late still finds the claim.
const USED_FLOW_RETENTION: Duration = Duration::from_secs(3600);

/// Whom the flows of one worker ask. Cheap to clone; stays on its thread.
#[derive(Clone)]
pub struct FlowServices {
    /// Providers.
    pub providers: Providers,
    /// People.
    pub users: ActorHandle<UserRepo>,
    /// Tokens.
    pub vault: ActorHandle<TokenVault>,
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
    pub random: Arc<dyn RandomSource>,
    /// How long flows live.
    pub settings: FlowSettings,
    /// One small pool for each provider.
    pub clients: HttpClients,
    /// Whether strangers may become people here; else nobody is sent away for it.
    pub is_sign_up_enabled: bool,
}

/// What a provider gave for a code or a verifier.
pub(super) struct TokenGrant {
    pub(super) tokens: TokenResponse,
    /// Of OAuth 1.0a alone.
    token_secret: Option<Secret>,
}

impl From<TokenCredentials> for TokenGrant {
    fn from(credentials: TokenCredentials) -> Self {
        let tokens = TokenResponse {
            access_token: credentials.token,
            refresh_token: None,
            expires_in: None,
            id_token: None,
            extra_fields: ExtraFields::default(),
        };
        Self { tokens, token_secret: Some(credentials.secret) }
    }
}

impl TokenGrant {
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
pub struct HttpClients(Rc<RefCell<HashMap<ProviderName, HttpClient>>>);

impl HttpClients {
    pub(super) fn of(&self, resolved: &Resolved) -> HttpClient {
        let name = resolved.provider.name.clone();
        self.0.borrow_mut().entry(name).or_insert_with(|| HttpClient::new(&resolved.provider.http)).clone()
    }
}

impl std::fmt::Debug for FlowServices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FlowServices").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl FlowServices {
    pub(super) fn check_return_url(&self, url: &str) -> Result<ReturnUrl, SignInError> {
        let user_failure = |error| SignInError::with_source(Step::Start, FailureCode::ReturnUrlNotAllowed, error);
        self.return_urls.check(url).map_err(user_failure)
    }

    pub(super) fn check_sign_up(&self) -> Result<(), SignInError> {
        let is_off = !self.is_sign_up_enabled;
        if is_off { Err(SignInError::new(Step::Start, FailureCode::SignUpDisabled)) } else { Ok(()) }
    }

    pub(super) async fn resolve(&self, name: &ProviderName, need: Required) -> Result<Resolved, SignInError> {
        self.providers.resolve(name, need).await.map_err(|error| {
            let code = match &error {
                ResolveError::Unknown => FailureCode::ProviderDisabled,
                ResolveError::Discovery(_)
                | ResolveError::Keys(_)
                | ResolveError::CircuitOpen
                | ResolveError::Send(_) => FailureCode::Unavailable,
            };
            SignInError::with_source(Step::Resolve, code, error)
        })
    }

    /// One statement; of all who ask, on all nodes, one hears `true`.
    pub(super) async fn claim(&self, flow: &Flow) -> Result<bool, SignInError> {
        used_flows::mark_used(&self.store, sha256(flow.id.as_str()), flow.expires_at.plus(USED_FLOW_RETENTION))
            .await
            .map_err(|error| SignInError::with_source(Step::MarkUsed, FailureCode::Unavailable, error))
    }

    /// The code is presented once; whatever comes of it, it is spent.
    pub(super) async fn exchange(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        code: &Secret,
    ) -> Result<TokenGrant, SignInError> {
        let exchanged = match &flow.temporary {
            None => self.exchange_code(flow, resolved, code).await,
            Some(own) => {
                let (http, temporary) = (self.clients.of(resolved), (&own.token, &own.secret));
                let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
                provider
                    .token_credentials(&http, endpoints, temporary, code, self.signing())
                    .await
                    .map(TokenGrant::from)
            }
        };
        let is_outage = matches!(&exchanged, Err(EndpointError::Http(error)) if error.is_outage());
        self.providers.record_outcome(&flow.provider, is_outage);
        exchanged.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ExchangeFailed, error))
    }

    async fn exchange_code(
        &self,
        flow: &Flow,
        resolved: &Resolved,
        code: &Secret,
    ) -> Result<TokenGrant, EndpointError> {
        let client = resolved.provider.credentials(self.clock.now(), self.random.as_ref());
        let exchange = CodeExchange {
            token_endpoint: &resolved.endpoints.token,
            client: &client.map_err(|_| EndpointError::Malformed("private_key"))?,
            redirect_uri: &flow.redirect_uri,
            code,
            code_verifier: flow.verifier.as_ref(),
        };
        let tokens = exchange_code(&self.clients.of(resolved), exchange).await?;
        Ok(TokenGrant { tokens, token_secret: None })
    }

    fn signing(&self) -> SigningContext<'_> {
        SigningContext { now: self.clock.now(), random: self.random.as_ref() }
    }

    pub(super) async fn identify(
        &self,
        flow: &Flow,
        resolved: Resolved,
        grant: &TokenGrant,
    ) -> Result<ExternalProfile, SignInError> {
        let failed = |error: IdentifyError| SignInError::with_source(Step::Identify, FailureCode::ProfileFailed, error);
        let (http, tokens) = (self.clients.of(&resolved), &grant.tokens);
        let identified = match &grant.token_secret {
            Some(secret) => {
                let credentials = (&tokens.access_token, secret);
                resolved.provider.identify_oauth1(&http, &resolved.endpoints, credentials, self.signing()).await
            }
            None => {
                let claims = self.check_id_token(flow, &resolved, tokens).await?.map_err(failed)?;
                resolved.provider.identify(&http, &resolved.endpoints, tokens, claims).await
            }
        };
        self.providers.record_outcome(&flow.provider, matches!(&identified, Err(error) if error.is_outage()));
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
            let answered = IdTokenContext { tokens, nonce: flow.nonce.as_ref(), keys, now: self.clock.now() };
            resolved.provider.check_id_token(answered)
        };
        Ok(match check(resolved) {
            // The provider may have changed its keys since we fetched them, or we never had any.
            Err(IdentifyError::IdToken(IdTokenError::UnknownKey)) => {
                let need = if resolved.keys().is_some() { Required::FreshKeys } else { Required::Keys };
                let fresh = self.providers.resolve(&flow.provider, need).await;
                check(
                    &fresh
                        .map_err(|error| SignInError::with_source(Step::Identify, FailureCode::ProfileFailed, error))?,
                )
            }
            checked => checked,
        })
    }

    /// Into the vault's hands, then into one transaction.
    pub(super) async fn sign_in(
        &self,
        flow: &Flow,
        profile: ExternalProfile,
        grant: TokenGrant,
        origin: RequestOrigin,
    ) -> Result<SignedIn, SignInError> {
        let now = self.clock.now();
        let intent = match &flow.connect {
            None if flow.is_sign_up => Intent::SignUp,
            None => Intent::SIGN_IN,
            Some(token) => {
                let principal = self
                    .access_tokens
                    .verify(token.expose(), now)
                    .map_err(|error| SignInError::with_source(Step::SignIn, FailureCode::InvalidConnectToken, error))?;
                let session = self.users.send(RequireFresh(principal)).await.map_err(actor_unreachable)?;
                Intent::Connect(session.map_err(user_failure)?)
            }
        };
        let seal = Seal { provider: flow.provider.clone(), tokens: grant.into_tokens(now) };
        let sealable_tokens = self.vault.send(seal).await.map_err(actor_unreachable)?;
        let credential = match &flow.code_challenge {
            Some(challenge) => Credential::Code { challenge: challenge.clone() },
            None => Credential::RefreshToken,
        };
        let options = flow.options.clone();
        let sign_in = SignIn { profile, intent, options, sealable_tokens: Some(sealable_tokens), credential, origin };
        self.commit_sign_in(sign_in).await
    }

    /// A name that is told once must not be lost, whatever becomes of this sign-in.
    pub(super) async fn keep_name(&self, profile: &ExternalProfile, name: String) -> Result<(), SignInError> {
        let keep = StorePendingName { provider: profile.provider.clone(), subject: profile.subject.clone(), name };
        self.users.send(keep).await.map_err(actor_unreachable)?.map_err(user_failure)
    }

    /// One transaction.
    pub(super) async fn commit_sign_in(&self, sign_in: SignIn) -> Result<SignedIn, SignInError> {
        self.users.send(sign_in).await.map_err(actor_unreachable)?.map_err(user_failure)
    }
}

pub(super) fn actor_unreachable(error: SendError) -> SignInError {
    SignInError::with_source(Step::SignIn, FailureCode::Unavailable, error)
}

pub(super) fn user_failure(error: UserError) -> SignInError {
    let code = match &error {
        UserError::Policy(refusal) => match refusal {
            PolicyError::Disabled => FailureCode::UserDisabled,
            PolicyError::Unverified => FailureCode::UserUnverified,
            PolicyError::SignUpDisabled => FailureCode::SignUpDisabled,
            PolicyError::AlreadyLinked => FailureCode::AlreadyLinked,
            // Whom the lists keep out does not learn that there are lists.
            PolicyError::Unknown | PolicyError::EmailNotAllowed => FailureCode::UserUnknown,
            PolicyError::AlreadyExists => FailureCode::UserAlreadyExists,
            PolicyError::SessionEnded | PolicyError::NotFresh => FailureCode::InvalidConnectToken,
            PolicyError::NotLinked | PolicyError::LastIdentity => FailureCode::Internal,
            PolicyError::RoleNotAllowed => FailureCode::RoleNotAllowed,
            PolicyError::DefaultRoleNotAllowed => FailureCode::DefaultRoleNotAllowed,
        },
        UserError::Vetoed(_) => FailureCode::RejectedByApp,
        UserError::Store(_) => FailureCode::Unavailable,
        UserError::RefreshTokenNotValid | UserError::CodeNotValid | UserError::CredentialNotCreated => {
            FailureCode::Internal
        }
    };
    SignInError::with_source(Step::SignIn, code, error)
}
