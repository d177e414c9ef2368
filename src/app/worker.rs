//! Starts the actors of one worker. Each worker has its own, so that requests rarely cross threads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix::Actor;

use super::state::AppState;
use super::{db_monitor, maintenance};
use crate::actor::batch::Batcher;
use crate::actor::supervisor::RestartSupervisor;
use crate::domain::origin::Origin;
use crate::flow::failure_log::FailureLog;
use crate::flow::marks::MarkFlows;
use crate::flow::service::{FlowServices, HttpClients, SignInService};
use crate::http::state::HttpState;
use crate::provider::providers::Providers;
use crate::settings::Mode;
use crate::store::Store;
use crate::user::repo::{UserRepo, UserService};
use crate::vault::vault::{TokenVault, VaultState};

/// How long a message to `UserRepo` or `TokenVault` may take.
const ACTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts the actors of this thread; returns the state of its HTTP handlers.
pub(super) fn start(state: &Arc<AppState>) -> HttpState {
    let (settings, max_in_flight) = (&state.settings, state.settings.server.max_in_flight);
    let number = state.started_workers.fetch_add(1, Ordering::Relaxed);
    let store = state.database.store(state.workers);
    let mut supervisor = RestartSupervisor::new(
        state.restart_budget,
        Arc::clone(&state.clock),
        state.health.clone(),
        Arc::clone(&state.on_fatal),
    );
    let user_service = user_service(state, store.clone());
    let users = supervisor
        .start_child("UserRepo", max_in_flight, ACTOR_TIMEOUT, move || UserRepo::new(user_service.clone()).start());
    let vault_state = VaultState {
        store: store.clone(),
        cipher: state.cipher.clone(),
        tickets: state.tickets.clone(),
        clock: Arc::clone(&state.clock),
    };
    let vault = supervisor
        .start_child("TokenVault", max_in_flight, ACTOR_TIMEOUT, move || TokenVault::new(vault_state.clone()).start());
    supervisor.start();
    let providers = Providers::new(&state.published, Arc::clone(&state.clock), state.registry.clone());
    let services = FlowServices {
        providers: providers.clone(),
        users: users.clone(),
        vault: vault.clone(),
        cipher: state.cipher.clone(),
        vault_ttl: settings.vault.ttl,
        marks: Batcher::new(MarkFlows(store.clone()), store.max_batch()),
        access_tokens: state.access_tokens.clone(),
        return_urls: Arc::clone(&state.return_urls),
        sealer: state.flow_sealer.clone(),
        clock: Arc::clone(&state.clock),
        random: Arc::clone(&state.random),
        settings: settings.flow.clone(),
        clients: HttpClients::default(),
        failures: FailureLog::new(&state.clock),
        is_sign_up_enabled: settings.sign_up.enabled,
    };
    // A callback needs an active flow, and each worker has its part of those.
    let max_callbacks = max_in_flight.min(settings.flow.max_active / state.workers.max(1)).max(1);
    let sign_ins = SignInService::new(services, state.active_flows.of_worker(number), max_callbacks);
    if !state.maintenance_started.swap(true, Ordering::AcqRel) {
        actix::spawn(state.active_flows.clone().expire_regularly(Arc::clone(&state.clock)));
        actix::spawn(db_monitor::run(state.health.clone(), state.database.clone()));
        actix::spawn(maintenance::run(
            Arc::clone(&state.clock),
            store,
            settings.audit.retention,
            vault.clone(),
            sign_ins.clone(),
        ));
    }
    HttpState {
        sign_ins,
        users,
        vault,
        providers,
        access_tokens: state.access_tokens.clone(),
        return_urls: Arc::clone(&state.return_urls),
        cors_origins: settings.client.cors_origins.clone(),
        csrf_origins: settings.client.csrf_origins.clone(),
        rate_limits: state.rate_limits.clone(),
        trusted_proxies: settings.server.trusted_proxies.as_slice().into(),
        link_sealer: state.link_sealer.clone(),
        form_sealer: state.form_sealer.clone(),
        metadata_claims: settings.session.custom_claims.metadata.as_slice().into(),
        clock: Arc::clone(&state.clock),
        random: Arc::clone(&state.random),
        health: state.health.clone(),
        body_timeout: settings.server.body_timeout,
        public_base: settings.server.public_base().into(),
        public_origin: Origin::of(&settings.server.public_url),
        is_development: settings.mode == Mode::Development,
        compat: settings.compat.clone(),
        is_https: settings.server.is_https(),
        conceals_errors: settings.nhost.conceal_errors,
    }
}

/// The dependencies of `UserRepo`.
pub(super) fn user_service(state: &AppState, store: Store) -> UserService {
    UserService {
        store,
        clock: Arc::clone(&state.clock),
        random: Arc::clone(&state.random),
        refresh_tokens: state.refresh_tokens.clone(),
        sign_up: state.settings.sign_up.clone(),
        session: state.settings.session.clone(),
        hooks: Arc::clone(&state.hooks),
    }
}
