//! The parts that all workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

#[cfg(feature = "simulator")]
use vouchsafe_simulator::Simulator;

use crate::actor::handle::ActorHandle;
use crate::actor::health::Health;
use crate::actor::supervisor::{OnFatal, RestartBudget};
use crate::domain::clock::Clock;
use crate::domain::hooks::SignUpHooks;
use crate::domain::random::RandomSource;
use crate::domain::return_url::AllowList;
use crate::domain::seal::Sealer;
use crate::flow::active_flows::ActiveFlows;
#[cfg(feature = "aufy")]
use crate::http::aufy;
use crate::http::rate_limit::RateLimits;
use crate::provider::registry::{ProviderRegistry, RegistryState};
use crate::session::access_token::AccessTokens;
use crate::session::refresh::RefreshTokens;
use crate::settings::Settings;
use crate::store::Database;
use crate::vault::cipher::TokenCipher;
use crate::vault::ticket::Tickets;

/// Shared by all workers of the process.
pub(super) struct AppState {
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn RandomSource>,
    pub(super) database: Database,
    pub(super) published: RegistryState,
    pub(super) registry: ActorHandle<ProviderRegistry>,
    pub(super) access_tokens: AccessTokens,
    #[cfg(feature = "aufy")]
    pub(super) aufy: Option<aufy::Dialect>,
    pub(super) refresh_tokens: RefreshTokens,
    pub(super) cipher: TokenCipher,
    pub(super) tickets: Tickets,
    pub(super) hooks: Arc<dyn SignUpHooks>,
    pub(super) flow_sealer: Sealer,
    pub(super) link_sealer: Sealer,
    pub(super) form_sealer: Sealer,
    pub(super) return_urls: Arc<AllowList>,
    pub(super) rate_limits: Option<Arc<RateLimits>>,
    pub(super) active_flows: ActiveFlows,
    pub(super) health: Health,
    pub(super) restart_budget: RestartBudget,
    pub(super) on_fatal: OnFatal,
    pub(super) workers: usize,
    /// How many were started.
    pub(super) started_workers: AtomicUsize,
    pub(super) maintenance_started: AtomicBool,
    #[cfg(feature = "simulator")]
    pub(super) simulator: Option<Simulator>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("settings", &self.settings).finish_non_exhaustive()
    }
}
