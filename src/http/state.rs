//! What the handlers of one worker share.

use std::sync::Arc;

use ipnet::IpNet;

use crate::actor::handle::ActorHandle;
use crate::actor::health::Health;
use crate::domain::claims::ClaimRule;
use crate::domain::clock::Clock;
use crate::domain::random::RandomSource;
use crate::domain::return_url::AllowList;
use crate::domain::seal::Sealer;
use crate::flow::service::SignInService;
use crate::provider::providers::Providers;
use crate::session::access_token::AccessTokens;
use crate::user::repo::UserRepo;
use crate::vault::vault::TokenVault;

/// The core, as far as a handler may reach it: by messages.
#[derive(Clone, Debug)]
pub struct HttpState {
    /// Begins and resumes flows.
    pub sign_ins: SignInService,
    /// People and sessions.
    pub users: ActorHandle<UserRepo>,
    /// Provider tokens.
    pub vault: ActorHandle<TokenVault>,
    /// Which providers are on.
    pub providers: Providers,
    /// Issues and verifies our own tokens.
    pub access_tokens: AccessTokens,
    /// Where browsers may return to.
    pub return_urls: Arc<AllowList>,
    /// Seals what waits in a browser for somebody's agreement.
    pub link_sealer: Sealer,
    /// Seals forms that come home by way of the browser.
    pub form_sealer: Sealer,
    /// What access tokens say of people besides.
    pub metadata_claims: Arc<[ClaimRule]>,
    /// Whose word on the client's address is taken.
    pub trusted_proxies: Arc<[IpNet]>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn RandomSource>,
    /// Whether we are fit to answer.
    pub health: Health,
    /// How the world calls us, without a trailing slash.
    pub public_base: Arc<str>,
    /// Whether the world reaches us by https.
    pub is_https: bool,
    /// Whether errors that tell about an account are told as another.
    pub conceals_errors: bool,
}
