//! The actors and services of one worker. Each worker has its own, so that requests rarely cross threads.
//!
//! After a reload a worker builds them anew, when the next request or callback arrives. What began before is finished by
//! those with which it began.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use actix::Actor;
use actix_web::web;

#[cfg(feature = "pages")]
use super::mount_point;
use super::snapshot::{Snapshot, SnapshotParts};
use super::state::AppState;
use super::{Vouchsafe, db_monitor, grants, maintenance, webhooks};
use crate::actor::batch::Batcher;
use crate::actor::supervisor::{RestartSupervisor, Supervision};
use crate::clients::ClientService;
use crate::domain::origin::Origin;
use crate::events::Events;
use crate::flow::failure_log::FailureLog;
use crate::flow::marks::{FindUsedFlows, MarkFlows};
use crate::flow::record::archive;
use crate::flow::record::ring::FlowRecords;
use crate::flow::service::{CurrentServices, FlowServices, HttpClients, SignInService};
use crate::grants::keeper::{GrantKeeper, GrantParts};
#[cfg(feature = "pages")]
use crate::http::admin::inspector::InspectorState;
use crate::http::current_state::{CurrentState, RequestData};
use crate::http::reloader::Reloader;
use crate::http::request_scope::RequestLog;
use crate::http::state::HttpState;
use crate::metrics::BatchKind;
use crate::oauth::http::HttpPolicy;
use crate::provider::providers::Providers;
#[cfg(feature = "pages")]
use crate::settings::ADMIN_PATH;
use crate::settings::{Mode, Settings};
use crate::store::Store;
use crate::user::repo::{UserRepo, UserService};
use crate::vault::vault::{TokenVault, VaultState};

/// How long a message to `UserRepo` or `TokenVault` may take.
const ACTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// How many callers may wait for refreshed provider tokens on a worker: they cost memory, and nothing else.
const MAX_WAITING_FOR_GRANTS: usize = 100_000;

/// One worker.
pub(super) struct Worker {
    base: Base,
    current: RefCell<Rc<Generation>>,
}

/// What a reload leaves as it is.
struct Base {
    state: Arc<AppState>,
    number: usize,
    store: Store,
    marks: Batcher<MarkFlows>,
    used_flows: Batcher<FindUsedFlows>,
    failures: FailureLog,
    records: FlowRecords,
}

/// What a worker uses from one reload to the next.
pub(super) struct Generation {
    version: u64,
    services: Rc<FlowServices>,
    /// The state of HTTP handlers.
    pub(super) http: web::Data<HttpState>,
    /// The settings.
    pub(super) settings: Arc<Settings>,
    /// Who is told what happened.
    pub(super) events: Events,
    /// The rules for calls to receivers of webhooks.
    pub(super) http_policy: HttpPolicy,
    data: RequestData,
    _supervision: Supervision,
}

/// Starts the worker of this thread.
pub(super) fn start(state: &Arc<AppState>) -> Rc<Worker> {
    let number = state.started_workers.fetch_add(1, Ordering::Relaxed);
    let store = state.database.store(state.workers);
    let metrics = &state.parts.metrics;
    store.watch_pools(&metrics.database, number == 0);
    let size = store.max_batch();
    let marks = Batcher::new(MarkFlows(store.clone()), size, metrics.batches(BatchKind::MarkFlows));
    let used_flows = Batcher::new(FindUsedFlows(store.clone()), size, metrics.batches(BatchKind::FindUsedFlows));
    let (failures, records) = (FailureLog::new(&state.parts.clock), state.records.of_worker(number));
    let base = Base { state: Arc::clone(state), number, store, marks, used_flows, failures, records };
    let worker = Rc::new_cyclic(|worker: &Weak<Worker>| {
        let (version, snapshot) = state.snapshot();
        let (flow, max_in_flight) = (&snapshot.settings.flow, snapshot.settings.server.max_in_flight);
        // A callback needs an active flow, and each worker has its part of those.
        let max_callbacks = max_in_flight.min(flow.max_active / state.workers.max(1)).max(1);
        let active_flows = state.active_flows.of_worker(number);
        let current = Weak::<Worker>::clone(worker);
        let sign_ins = |services| SignInService::new(services, current, active_flows, max_callbacks);
        let first = base.generation(version, &snapshot, sign_ins);
        Worker { base, current: RefCell::new(Rc::new(first)) }
    });
    if !state.maintenance_started.swap(true, Ordering::AcqRel) {
        let clock = &state.parts.clock;
        actix::spawn(state.active_flows.clone().expire_regularly(Arc::clone(clock)));
        actix::spawn(db_monitor::run(state.parts.health.clone(), state.database.clone()));
        let unwritten = state.unwritten.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(unwritten) = unwritten {
            let (random, ttl) = (Arc::clone(&state.parts.random), state.snapshot().1.settings.flow.record_ttl);
            actix::spawn(archive::write(unwritten, worker.base.store.clone(), random, ttl));
        }
        actix::spawn(grants::run(Rc::clone(&worker)));
        webhooks::start(state, &worker, &worker.base.store);
        actix::spawn(maintenance::run(
            Arc::clone(clock),
            worker.base.store.clone(),
            Rc::clone(&worker),
            Arc::clone(metrics),
        ));
    }
    worker
}

impl Worker {
    /// What is current now. A request pays for that with one load of a number.
    pub(super) fn generation(&self) -> Rc<Generation> {
        let current = Rc::clone(&self.current.borrow());
        if current.version == self.base.state.version() {
            return current;
        }
        let (version, snapshot) = self.base.state.snapshot();
        let sign_ins = |services| current.http.sign_ins.with_services(services);
        let next = Rc::new(self.base.generation(version, &snapshot, sign_ins));
        self.current.replace(Rc::clone(&next));
        next
    }

    /// The same for the scopes that are mounted.
    pub(super) fn current_state(self: &Rc<Self>) -> CurrentState {
        let worker = Rc::clone(self);
        CurrentState::new(move || worker.generation().data.clone())
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        self.state.local_workers.remove(self.number);
    }
}

impl Generation {
    /// By which number a reload is noticed.
    pub(super) fn version(&self) -> u64 {
        self.version
    }
}

impl CurrentServices for Worker {
    fn current(&self) -> Rc<FlowServices> {
        Rc::clone(&self.generation().services)
    }
}

impl Base {
    fn generation(
        &self,
        version: u64,
        snapshot: &Snapshot,
        sign_ins: impl FnOnce(Rc<FlowServices>) -> SignInService,
    ) -> Generation {
        let (state, settings) = (&self.state, &snapshot.settings);
        let SnapshotParts { clock, random, health, metrics, restart_budget, on_fatal, .. } = &state.parts;
        let mut supervisor =
            RestartSupervisor::new(*restart_budget, Arc::clone(clock), health.clone(), Arc::clone(on_fatal));
        let max_in_flight = settings.server.max_in_flight;
        let user_service = user_service(state, snapshot, self.store.clone());
        let users = supervisor
            .start_child("UserRepo", max_in_flight, ACTOR_TIMEOUT, move || UserRepo::new(user_service.clone()).start());
        state.local_workers.set(self.number, version, self.store.clone(), users.clone());
        let vault_state = VaultState {
            store: self.store.clone(),
            cipher: snapshot.cipher.clone(),
            grants: snapshot.grant_cipher.clone(),
            tickets: snapshot.tickets.clone(),
            clock: Arc::clone(clock),
            metrics: Arc::clone(metrics),
            events: snapshot.events.clone(),
        };
        let vault = supervisor.start_child("TokenVault", max_in_flight, ACTOR_TIMEOUT, move || {
            TokenVault::new(vault_state.clone()).start()
        });
        let providers = Providers::new(&snapshot.published, Arc::clone(clock), snapshot.registry.clone());
        let grant_parts = GrantParts {
            store: self.store.clone(),
            cipher: snapshot.grant_cipher.clone(),
            providers: providers.clone(),
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            metrics: Arc::clone(metrics),
            events: snapshot.events.clone(),
            settings: settings.grants.clone(),
            public_base: settings.server.public_base().into(),
        };
        let grants = supervisor.start_child("GrantKeeper", MAX_WAITING_FOR_GRANTS, ACTOR_TIMEOUT, move || {
            GrantKeeper::new(grant_parts.clone()).start()
        });
        let services = Rc::new(FlowServices {
            providers: providers.clone(),
            users: users.clone(),
            vault: vault.clone(),
            cipher: snapshot.cipher.clone(),
            vault_ttl: settings.vault.ttl,
            grant_cipher: snapshot.grant_cipher.clone(),
            refresh_ahead: settings.grants.refresh_ahead,
            marks: self.marks.clone(),
            used_flows: self.used_flows.clone(),
            metrics: Arc::clone(metrics),
            access_tokens: snapshot.access_tokens.clone(),
            return_urls: Arc::clone(&snapshot.return_urls),
            sealer: snapshot.flow_sealer.clone(),
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            settings: settings.flow.clone(),
            clients: HttpClients::default(),
            client_ip: settings.log.client_ip,
            records: self.records.clone(),
            archive: state.archive(|| self.store.clone()),
            events: snapshot.events.clone(),
            failures: self.failures.clone(),
            is_sign_up_enabled: settings.sign_up.enabled,
        });
        let http = web::Data::new(HttpState {
            sign_ins: sign_ins(Rc::clone(&services)),
            users,
            vault,
            grants,
            providers,
            access_tokens: snapshot.access_tokens.clone(),
            token_verifier: snapshot.token_verifier.clone(),
            clients: ClientService::new(snapshot.clients.clone(), self.store.clone()),
            return_urls: Arc::clone(&snapshot.return_urls),
            cors_origins: settings.client.cors_origins.clone(),
            csrf_origins: settings.client.csrf_origins.clone(),
            admin_tokens: settings.admin.tokens.clone(),
            #[cfg(feature = "pages")]
            inspector: inspector_state(state, snapshot),
            rate_limits: snapshot.rate_limits.clone(),
            request_log: RequestLog { is_on: settings.log.access, client_ip: settings.log.client_ip },
            trusted_proxies: settings.server.trusted_proxies.as_slice().into(),
            link_sealer: snapshot.link_sealer.clone(),
            form_sealer: snapshot.form_sealer.clone(),
            metadata_claims: settings.session.custom_claims.metadata.as_slice().into(),
            api: Arc::clone(&snapshot.api),
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            health: health.clone(),
            metrics: Arc::clone(metrics),
            reloader: reloader(state),
            body_timeout: settings.server.body_timeout,
            public_base: settings.server.public_base().into(),
            public_origin: Origin::of(&settings.server.public_url),
            is_development: settings.mode == Mode::Development,
            compat: settings.compat.clone(),
            is_https: settings.server.is_https(),
            #[cfg(feature = "pages")]
            theme: Arc::clone(&snapshot.theme),
            conceals_errors: settings.nhost.conceal_errors,
        });
        let data = RequestData::new(http.clone());
        #[cfg(feature = "aufy")]
        let data = data.with(snapshot.aufy.clone().map(web::Data::new));
        let (settings, _supervision) = (Arc::clone(settings), supervisor.supervise());
        let (events, http_policy) = (snapshot.events.clone(), snapshot.http_policy.clone());
        Generation { version, services, http, settings, events, http_policy, data, _supervision }
    }
}

/// The sealer follows the keys of the settings; which sessions have ended, does not.
#[cfg(feature = "pages")]
fn inspector_state(state: &AppState, snapshot: &Snapshot) -> InspectorState {
    InspectorState {
        sealer: snapshot.inspector_sealer.clone(),
        ended: state.ended_sessions.clone(),
        path: format!("{}{ADMIN_PATH}", mount_point(&snapshot.settings)).into(),
    }
}

/// Reloads for the operators' route.
fn reloader(state: &Arc<AppState>) -> Reloader {
    let vouchsafe = Vouchsafe(Arc::clone(state));
    Reloader::new(move || {
        let vouchsafe = vouchsafe.clone();
        Box::pin(async move {
            let reloaded = vouchsafe.reload_from_source().await;
            reloaded.map(|reloaded| reloaded.needs_restart).map_err(|error| error.to_string())
        })
    })
}

/// The dependencies of `UserRepo`.
pub(super) fn user_service(state: &AppState, snapshot: &Snapshot, store: Store) -> UserService {
    UserService {
        store,
        clock: Arc::clone(&state.parts.clock),
        random: Arc::clone(&state.parts.random),
        refresh_tokens: snapshot.refresh_tokens.clone(),
        sign_up: snapshot.settings.sign_up.clone(),
        session: snapshot.settings.session.clone(),
        revokes_on_sign_out: snapshot.settings.grants.revoke_on_sign_out,
        hooks: state.hooks.clone(),
        metrics: Arc::clone(&state.parts.metrics),
        events: snapshot.events.clone(),
    }
}
