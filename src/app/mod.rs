//! Wires it all: the one place where concrete parts meet.
//!
//! [`Vouchsafe`] is what the process shares, and [`Builder`] makes it; [`worker`] starts the actors of one thread;
//! [`development`] makes up for what a laptop lacks. The binary and every embedding app come in through here.

mod builder;
mod db_monitor;
mod development;
pub mod import;
mod maintenance;
#[cfg(test)]
mod tests;
mod worker;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::web;

pub use self::builder::{BuildError, Builder};
use crate::actor::handle::ActorHandle;
use crate::actor::health::Health;
use crate::actor::supervisor::{OnFatal, RestartBudget};
use crate::domain::clock::Clock;
use crate::domain::hooks::SignUpHooks;
use crate::domain::id::UserId;
use crate::domain::random::RandomSource;
use crate::domain::return_url::AllowList;
use crate::domain::seal::Sealer;
use crate::flow::active_flows::ActiveFlows;
use crate::http::pages::demo;
use crate::http::{aufy, nhost};
use crate::provider::registry::{ProviderRegistry, RegistryState};
use crate::session::access_token::AccessTokens;
use crate::session::refresh::RefreshTokens;
use crate::settings::{Mode, Settings};
use crate::simulator::Simulator;
use crate::store::Database;
pub use crate::store::StoreError;
use crate::vault::cipher::TokenCipher;
use crate::vault::ticket::Tickets;

/// Puts a dialect where it belongs.
type Mount<'a> = dyn FnOnce(&mut web::ServiceConfig) + 'a;

/// The path at which the embedding app mounted us: the public URL may go on to the path of a dialect.
fn mount_point(settings: &Settings) -> String {
    let path = settings.server.public_url.path().trim_end_matches('/');
    let dialects = settings.nhost.paths.iter().filter_map(|dialect| path.strip_suffix(dialect.as_str()));
    dialects.min_by_key(|rest| rest.len()).unwrap_or(path).to_owned()
}

/// Vouchsafe, built from settings and ready to be mounted. Cheap to clone; each mount gets the same one.
#[derive(Clone, Debug)]
pub struct Vouchsafe(Arc<AppState>);

/// What the process shares.
struct AppState {
    settings: Settings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn RandomSource>,
    database: Database,
    published: RegistryState,
    registry: ActorHandle<ProviderRegistry>,
    access_tokens: AccessTokens,
    aufy: Option<aufy::Dialect>,
    refresh_tokens: RefreshTokens,
    cipher: TokenCipher,
    tickets: Tickets,
    hooks: Arc<dyn SignUpHooks>,
    flow_sealer: Sealer,
    link_sealer: Sealer,
    form_sealer: Sealer,
    return_urls: Arc<AllowList>,
    active_flows: ActiveFlows,
    health: Health,
    restart_budget: RestartBudget,
    on_fatal: OnFatal,
    workers: usize,
    maintenance_started: AtomicBool,
    simulator: Option<Simulator>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Vouchsafe {
    /// Starts from settings, with the machine's own clock and chance.
    #[must_use]
    pub fn builder(settings: Settings) -> Builder {
        Builder::new(settings)
    }

    /// [`Builder::build`] without any change.
    ///
    /// # Errors
    /// [`BuildError`]
    pub async fn build(settings: Settings) -> Result<Self, BuildError> {
        Self::builder(settings).build().await
    }

    /// The settings it was built from.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// How many threads should answer requests.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.0.workers
    }

    /// Whether it is fit to answer.
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.health.clone()
    }

    /// Notes that a person proved their address, for instance by the link of a mail that the embedding app sent.
    /// `false`: it is not the address of the account, or not any more.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing changed.
    pub async fn confirm_address(&self, user_id: UserId, address: &str) -> Result<bool, StoreError> {
        worker::user_service(&self.0, self.0.database.store(1)).confirm_address(user_id, address).await
    }

    /// Removes a person and everything that is theirs: sessions, identities, tokens. What the vault read_or_create goes back
    /// to its providers, by this process or any other on the same database. `false`: there was no such person.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was removed.
    pub async fn erase(&self, user_id: UserId) -> Result<bool, StoreError> {
        worker::user_service(&self.0, self.0.database.store(1)).erase(user_id).await
    }

    /// The routes, to be given to `App::configure` or `Scope::configure`; call it inside the app factory, once
    /// for each worker. `server.public_url` has to name the place where they are mounted.
    pub fn routes(&self) -> impl FnOnce(&mut web::ServiceConfig) + use<> {
        let state = Arc::clone(&self.0);
        move |config| {
            let front = web::Data::new(worker::start(&state));
            if let Some(simulator) = &state.simulator {
                config.service(web::scope(development::SIMULATOR_PATH).configure(simulator.routes()));
            }
            if state.settings.mode == Mode::Development {
                demo::mount(config, &front);
            }
            // The longest first, because an empty path would answer for all.
            let mut mounts: Vec<(&str, Box<Mount>)> = Vec::new();
            for path in &state.settings.nhost.paths {
                let front = front.clone();
                mounts.push((path, Box::new(move |config| nhost::mount(config, path, &front))));
            }
            if let Some(dialect) = state.aufy.clone().map(web::Data::new) {
                let (auth, account) = ((front.clone(), dialect.clone()), (front, dialect));
                let settings = &state.settings.aufy;
                mounts.push((&settings.auth_path, Box::new(move |config| aufy::mount_auth(config, &auth.0, &auth.1))));
                let mount = move |config: &mut _| aufy::mount_account(config, &account.0, &account.1);
                mounts.push((&settings.account_path, Box::new(mount)));
            }
            mounts.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
            for (_, mount) in mounts {
                mount(config);
            }
        }
    }
}
