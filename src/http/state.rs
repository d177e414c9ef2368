//! The state that the handlers of one worker share.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use crate::actor::handle::ActorHandle;
use crate::actor::health::Health;
use crate::clients::ClientService;
use crate::domain::admin_token::AdminTokens;
use crate::domain::claims::ClaimRule;
use crate::domain::clock::Clock;
use crate::domain::origin::{CorsOrigins, CsrfOrigins, Origin};
use crate::domain::random::RandomSource;
use crate::domain::return_url::AllowList;
use crate::domain::seal::Sealer;
use crate::flow::service::SignInService;
use crate::grants::keeper::GrantKeeper;
#[cfg(feature = "pages")]
use crate::http::admin::inspector::InspectorState;
use crate::http::ops::openapi::ApiDescription;
#[cfg(feature = "pages")]
use crate::http::pages::Theme;
use crate::http::rate_limit::RateLimits;
use crate::http::reloader::Reloader;
use crate::http::request_scope::RequestLog;
use crate::metrics::Metrics;
use crate::provider::providers::Providers;
use crate::session::access_token::AccessTokens;
use crate::session::verifier::TokenVerifier;
use crate::settings::Compat;
use crate::user::repo::UserRepo;
use crate::vault::vault::TokenVault;

/// The services and settings that handlers use.
#[derive(Clone, Debug)]
pub struct HttpState {
    /// Starts and resumes sign-ins.
    pub sign_ins: SignInService,
    /// Users and sessions.
    pub users: ActorHandle<UserRepo>,
    /// Provider tokens.
    pub vault: ActorHandle<TokenVault>,
    /// Provider tokens that the service keeps.
    pub grants: ActorHandle<GrantKeeper>,
    /// The configured providers.
    pub providers: Providers,
    /// Issues and verifies our own tokens.
    pub access_tokens: AccessTokens,
    /// Verifies our own tokens of either dialect.
    pub token_verifier: TokenVerifier,
    /// Backends that exchange tokens.
    pub clients: ClientService,
    /// Origins whose pages may read answers to requests with credentials.
    pub cors_origins: CorsOrigins,
    /// Origins whose pages may change something by cookie.
    pub csrf_origins: CsrfOrigins,
    /// The tokens of operators.
    pub admin_tokens: AdminTokens,
    /// What the pages for operators need.
    #[cfg(feature = "pages")]
    pub inspector: InspectorState,
    /// Limits per client; `None` if they are off.
    pub rate_limits: Option<Arc<RateLimits>>,
    /// Where browsers may return to.
    pub return_urls: Arc<AllowList>,
    /// Seals the cookie of a link that awaits confirmation.
    pub link_sealer: Sealer,
    /// Seals the cookie of a form post.
    pub form_sealer: Sealer,
    /// Claims of access tokens from user metadata.
    pub metadata_claims: Arc<[ClaimRule]>,
    /// What is logged of requests.
    pub request_log: RequestLog,
    /// The proxies whose `X-Forwarded-For` counts.
    pub trusted_proxies: Arc<[IpNet]>,
    /// The description of the routes.
    pub api: Arc<ApiDescription>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of random values.
    pub random: Arc<dyn RandomSource>,
    /// The readiness of this node.
    pub health: Health,
    /// What is counted and measured.
    pub metrics: Arc<Metrics>,
    /// Reads the settings again.
    pub reloader: Reloader,
    /// How long a request body may take to arrive.
    pub body_timeout: Duration,
    /// The public URL, without a trailing slash.
    pub public_base: Arc<str>,
    /// The origin of the public URL.
    pub public_origin: Option<Origin>,
    /// Whether this is development mode.
    pub is_development: bool,
    /// The unsafe ways of Nhost's clients that are allowed.
    pub compat: Compat,
    /// Whether browsers reach us by https.
    pub is_https: bool,
    /// How our own pages look.
    #[cfg(feature = "pages")]
    pub theme: Arc<Theme>,
    /// Whether errors that reveal something about an account are replaced.
    pub conceals_errors: bool,
}
