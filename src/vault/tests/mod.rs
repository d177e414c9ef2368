//! `TokenVault` on a database, with sessions that `UserRepo` began.

mod rekey;
mod revocation;
mod take;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr};
use tokio::sync::mpsc::UnboundedReceiver;

use super::cipher::TokenCipher;
use super::grant_cipher::GrantCipher;
use super::ticket::{TicketTtls, Tickets};
use super::vault::{TokenVault, VaultState};
use crate::domain::audit::RequestOrigin;
use crate::domain::claims::Claims;
use crate::domain::clock::{ManualClock, Timestamp};
use crate::domain::event::Event;
use crate::domain::id::ProviderName;
use crate::domain::profile::ExternalProfile;
use crate::domain::random::OsRandom;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::events::testing::listen_to_events;
use crate::events::{Events, Recipients, Webhooks};
use crate::metrics::{Metrics, VaultEvent};
use crate::session::refresh::RefreshTokens;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::testing::open;
use crate::store::vault::{self, NewEntry};
use crate::user::hooks::{Consulted, Hooks};
use crate::user::messages::{Credential, Intent, LiveSession, SignIn, SignedIn};
use crate::user::options::SignUpOptions;
use crate::user::repo::{UserRepo, UserService};

const START: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn key(number: u8) -> MasterKey {
    MasterKey::new(format!("key {number}"), [number; 32])
}

fn provider(name: &str) -> ProviderName {
    name.parse().expect("a name")
}

fn profile(provider_name: &str, subject: &str) -> ExternalProfile {
    ExternalProfile {
        provider: provider(provider_name),
        subject: subject.to_owned(),
        email: None,
        name: None,
        picture: None,
        locale: None,
        claims: Claims::default(),
    }
}

fn tokens(access_token: &str) -> ProviderTokens {
    ProviderTokens {
        access_token: Secret::new(access_token),
        token_secret: None,
        expires_in: None,
        expires_at: None,
        refresh_token: None,
        scopes: Vec::new(),
    }
}

/// The vault and what it uses.
struct World {
    store: Store,
    clock: Arc<ManualClock>,
    state: VaultState,
    vault: Addr<TokenVault>,
    users: Addr<UserRepo>,
    told: UnboundedReceiver<Event>,
}

impl World {
    async fn new() -> Self {
        let store = open("sqlite::memory:").await.store(1);
        let clock = Arc::new(ManualClock::new(START));
        let metrics = Arc::new(Metrics::new(START));
        let (recipient, told) = listen_to_events();
        let recipients = Recipients::start(vec![recipient], &metrics);
        let settings = Settings::from_toml("mode = 'development'").expect("settings");
        let users = UserService {
            store: store.clone(),
            clock: Arc::<ManualClock>::clone(&clock),
            random: Arc::new(OsRandom),
            refresh_tokens: RefreshTokens::new(&[key(7)]),
            sign_up: settings.sign_up.clone(),
            session: settings.session.clone(),
            revokes_on_sign_out: false,
            hooks: Hooks::default(),
            metrics: Arc::clone(&metrics),
            events: Events::default(),
        };
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let ttls = TicketTtls { sign_in: minutes(1), sign_up: minutes(2), link: minutes(3) };
        let keys = [key(1)];
        let state = VaultState {
            store: store.clone(),
            cipher: TokenCipher::new(&keys, Arc::new(OsRandom)).expect("a key"),
            grants: GrantCipher::new(&keys, Arc::new(OsRandom)).expect("a key"),
            tickets: Tickets::new(&keys, Arc::new(OsRandom), ttls).expect("a key"),
            clock: Arc::<ManualClock>::clone(&clock),
            metrics,
            events: Events::new(recipients, Webhooks::default()),
        };
        let vault = TokenVault::new(state.clone()).start();
        Self { store, clock, state, vault, users: UserRepo::new(users).start(), told }
    }

    /// The vault of a node with these keys on the same database.
    fn vault_with(&self, keys: &[MasterKey]) -> (VaultState, Addr<TokenVault>) {
        let state = VaultState {
            cipher: TokenCipher::new(keys, Arc::new(OsRandom)).expect("a key"),
            grants: GrantCipher::new(keys, Arc::new(OsRandom)).expect("a key"),
            ..self.state.clone()
        };
        (state.clone(), TokenVault::new(state).start())
    }

    /// Creates a user, with a session.
    async fn sign_up(&self, subject: &str) -> LiveSession {
        let sign_in = SignIn {
            profile: profile("google", subject),
            intent: Intent::SIGN_IN,
            options: SignUpOptions::default(),
            sealable_tokens: None,
            grant: None,
            ticket: None,
            credential: Credential::RefreshToken,
            returns_access_token: false,
            consulted: Consulted::default(),
            origin: RequestOrigin::default(),
        };
        match self.users.send(Box::new(sign_in)).await.expect("an answer").expect("signed in").signed_in {
            SignedIn::Session { session, .. } => session,
            other => panic!("{other:?}"),
        }
    }

    /// Stores tokens for an hour, sealed by the vault's key.
    async fn put(&self, session: LiveSession, provider_name: &str, access_token: &str) {
        let expires_at = START.plus(Duration::from_secs(3_600));
        let sealable = self.state.cipher.sealable(provider(provider_name), &tokens(access_token), expires_at);
        let sealed = sealable.seal_for(session.user_id()).expect("sealed");
        self.put_sealed(session, provider_name, sealed).await;
    }

    async fn put_sealed(&self, session: LiveSession, provider_name: &str, sealed: Vec<u8>) {
        let entry = NewEntry {
            user_id: session.user_id(),
            provider: provider(provider_name),
            sealed,
            created_at: START,
            expires_at: START.plus(Duration::from_secs(3_600)),
        };
        vault::put(&self.store, entry).await.expect("stored");
    }

    fn taken(&self) -> u64 {
        self.state.metrics.vault.of(VaultEvent::Taken).get()
    }
}
