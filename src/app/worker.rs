//! The actors of one worker, and the front that its handlers share.
//!
//! Actors that only do I/O live once per worker, so that a request rarely crosses threads.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix::Actor;

use super::{House, sweep, watch};
use crate::actor::root::Root;
use crate::domain::gate::Gate;
use crate::flow::directory::{Clients, Directory, Workshop};
use crate::http::front::Front;
use crate::provider::providers::Providers;
use crate::store::Store;
use crate::user::repo::{Desk, UserRepo};
use crate::vault::vault::{Chamber, TokenVault};

/// How long a question about people or tokens may wait for its answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts the actors of this thread.
pub(super) fn start(house: &Arc<House>) -> Front {
    let (settings, most) = (&house.settings, house.settings.server.max_in_flight);
    let store = house.database.store(house.workers);
    let mut root =
        Root::new(house.budget, Arc::clone(&house.clock), house.health.clone(), Arc::clone(&house.on_giving_up));
    let desk = desk(house, store.clone());
    let users = root.raise("UserRepo", most, PATIENCE, move || UserRepo::new(desk.clone()).start());
    let chamber = Chamber {
        store: store.clone(),
        shelf: house.shelf.clone(),
        tickets: house.tickets.clone(),
        clock: Arc::clone(&house.clock),
        ttl: settings.vault.ttl,
    };
    let vault = root.raise("TokenVault", most, PATIENCE, move || TokenVault::new(chamber.clone()).start());
    root.start();
    let providers = Providers::new(&house.published, Arc::clone(&house.clock), house.registry.clone());
    let workshop = Workshop {
        providers: providers.clone(),
        users: users.clone(),
        vault: vault.clone(),
        store: store.clone(),
        access_tokens: house.access_tokens.clone(),
        return_urls: Arc::clone(&house.return_urls),
        sealer: house.flow_sealer.clone(),
        clock: Arc::clone(&house.clock),
        entropy: Arc::clone(&house.entropy),
        settings: settings.flow.clone(),
        clients: Clients::default(),
        is_sign_up_enabled: settings.sign_up.enabled,
    };
    let directory = Directory::new(workshop, house.live.clone(), Gate::new(most));
    if !house.is_swept.swap(true, Ordering::AcqRel) {
        actix::spawn(watch::watch(house.health.clone(), house.database.lookout()));
        actix::spawn(sweep::sweep(Arc::clone(&house.clock), store, users.clone(), vault.clone(), directory.clone()));
    }
    Front {
        directory,
        users,
        vault,
        providers,
        access_tokens: house.access_tokens.clone(),
        return_urls: Arc::clone(&house.return_urls),
        trusted_proxies: settings.server.trusted_proxies.as_slice().into(),
        link_sealer: house.link_sealer.clone(),
        form_sealer: house.form_sealer.clone(),
        metadata_claims: settings.session.custom_claims.metadata.as_slice().into(),
        clock: Arc::clone(&house.clock),
        entropy: Arc::clone(&house.entropy),
        health: house.health.clone(),
        public_base: settings.server.public_base().into(),
        is_https: settings.server.is_https(),
        are_errors_concealed: settings.nhost.conceal_errors,
    }
}

/// What `UserRepo` works with.
pub(super) fn desk(house: &House, store: Store) -> Desk {
    Desk {
        store,
        clock: Arc::clone(&house.clock),
        entropy: Arc::clone(&house.entropy),
        refresh_tokens: house.refresh_tokens.clone(),
        sign_up: house.settings.sign_up.clone(),
        session: house.settings.session.clone(),
        audit_retention: house.settings.audit.retention,
        hooks: Arc::clone(&house.hooks),
    }
}
