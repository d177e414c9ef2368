//! Tests of the registry and its cache against a real server, with a clock that is moved by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::Actor;
use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::super::metadata_cache::{Required, ResolveError};
use super::super::model::Provider;
use super::super::providers::{MAX_WAITING, Providers};
use super::super::registry::{ProviderRegistry, RegistryState, Resolve};
use super::{provider, settings_for};
use crate::actor::handle::{ActorHandle, SendError};
use crate::domain::clock::{Clock, ManualClock, Timestamp};
use crate::domain::id::ProviderName;
use crate::metrics::Metrics;
use crate::oauth::test_server::{TestServer, respond};
use crate::settings::{ProviderKind, ProviderSettings};

const HOUR: Duration = Duration::from_secs(3600);

const ALL: usize = 0;
const NO_KEYS: usize = 1;
const NOTHING: usize = 2;
const HANGING: usize = 3;

/// What a server answers.
#[derive(Clone, Default)]
struct Mode(Arc<AtomicUsize>);

impl Mode {
    fn set(&self, mode: usize) {
        self.0.store(mode, Ordering::SeqCst);
    }
}

struct Setup {
    providers: Providers,
    clock: Arc<ManualClock>,
    registry: ActorHandle<ProviderRegistry>,
    acme: ProviderName,
    server: TestServer,
    mode: Mode,
}

fn metadata(base: &str) -> Value {
    json!({"issuer": base, "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
        "pushed_authorization_request_endpoint": format!("{base}/par"),
        "id_token_signing_alg_values_supported": ["RS256", "Ed25519"]})
}

/// A server with metadata and keys at its own URL.
fn server(mode: &Mode) -> TestServer {
    let (mode, base) = (mode.clone(), Arc::new(std::sync::OnceLock::new()));
    let known = Arc::clone(&base);
    let server = TestServer::start(move |path| match (mode.0.load(Ordering::SeqCst), path) {
        (HANGING, _) => HttpResponse::Ok().streaming(futures_util::stream::pending::<Result<_, actix_web::Error>>()),
        (ALL | NO_KEYS, "/.well-known/openid-configuration") => {
            let base: &String = known.get().expect("a base");
            respond(200, "application/json", &metadata(base).to_string())
        }
        (ALL, "/keys") => respond(200, "application/json", r#"{"keys":[]}"#),
        _ => respond(503, "application/json", "{}"),
    });
    base.set(server.base.as_str().trim_end_matches('/').to_owned()).expect("set once");
    server
}

fn custom(name: &str, issuer: &str, change: impl FnOnce(&mut ProviderSettings)) -> Provider {
    let mut settings = ProviderSettings {
        kind: Some(ProviderKind::Oidc),
        issuer: Some(issuer.trim_end_matches('/').to_owned()),
        ..settings_for(name)
    };
    change(&mut settings);
    provider(name, &settings).expect("a provider")
}

fn start(all: Vec<Provider>) -> (Providers, Arc<ManualClock>, ActorHandle<ProviderRegistry>) {
    let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
    let state = RegistryState::new(all, &Metrics::new(clock.now()));
    let shared = Arc::clone(&clock) as Arc<dyn Clock>;
    let registry = ProviderRegistry::new(state.clone(), Arc::clone(&shared)).start();
    let handle = ActorHandle::new(registry, 4, Duration::from_secs(5));
    (Providers::new(&state, shared, handle.clone()), clock, handle)
}

fn setup(change: impl FnOnce(&mut ProviderSettings)) -> Setup {
    let mode = Mode::default();
    let server = server(&mode);
    let acme = custom("acme", server.base.as_str(), change);
    let (providers, clock, registry) = start(vec![acme]);
    Setup { providers, clock, registry, acme: "acme".parse().expect("a name"), server, mode }
}

impl Setup {
    /// Whether keys came with what was required.
    async fn resolve(&self, required: Required) -> Result<bool, ResolveError> {
        self.providers.resolve(&self.acme, required).await.map(|resolved| resolved.keys().is_some())
    }

    /// Waits for the fetch in the background, or makes sure that none is due.
    async fn settle(&self, required: Required) {
        let request = Resolve { name: self.acme.clone(), required };
        let pending = self.registry.send(request).await.expect("an answer").expect("a provider");
        drop(pending.outcome().await);
    }

    fn calls(&self, path: &str) -> usize {
        self.server.requests().iter().filter(|request| request.path == path).count()
    }
}

#[actix_web::test]
async fn stale_keys_are_served_while_one_fetch_runs() {
    let setup = setup(|_| {});
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
    setup.mode.set(NO_KEYS);
    setup.clock.advance(2 * HOUR);
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
    setup.settle(Required::Keys).await;
    assert_eq!(setup.calls("/keys"), 2);
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
    setup.settle(Required::Keys).await;
    assert_eq!(setup.calls("/keys"), 2, "no second fetch right after a failure");
}

#[actix_web::test]
async fn keys_of_yesterday_are_not_used() {
    let setup = setup(|_| {});
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
    setup.mode.set(NO_KEYS);
    setup.clock.advance(24 * HOUR);
    assert!(matches!(setup.resolve(Required::Endpoints).await, Ok(false)));
    let refused = setup.resolve(Required::Keys).await;
    assert!(matches!(refused, Err(ResolveError::Keys { .. })), "{refused:?}");
    assert!(matches!(setup.resolve(Required::FreshKeys).await, Err(ResolveError::Keys { .. })));
    setup.mode.set(ALL);
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
}

#[actix_web::test]
async fn keys_are_fetched_again_by_time_for_code_flows() {
    let setup = setup(|settings| {
        let url = |path: &str| format!("{}{path}", settings.issuer.as_deref().expect("an issuer")).parse().ok();
        let (authorization, token, jwks) = (url("/authorize"), url("/token"), url("/keys"));
        settings.authorization_url = authorization;
        settings.token_url = token;
        settings.jwks_url = jwks;
    });
    assert!(matches!(setup.resolve(Required::Endpoints).await, Ok(false)));
    assert_eq!(setup.calls("/keys"), 0, "keys are fetched when they are needed first");
    assert!(matches!(setup.resolve(Required::Keys).await, Ok(true)));
    setup.clock.advance(2 * HOUR);
    assert!(matches!(setup.resolve(Required::Endpoints).await, Ok(true)));
    while setup.calls("/keys") < 2 {
        actix_rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn metadata_of_yesterday_is_not_used() {
    let setup = setup(|_| {});
    assert!(setup.resolve(Required::Endpoints).await.is_ok());
    setup.mode.set(NOTHING);
    setup.clock.advance(2 * HOUR);
    assert!(setup.resolve(Required::Endpoints).await.is_ok());
    setup.settle(Required::Endpoints).await;
    setup.clock.advance(22 * HOUR);
    let refused = setup.resolve(Required::Endpoints).await;
    assert!(matches!(refused, Err(ResolveError::Discovery { .. })), "{refused:?}");
    setup.mode.set(ALL);
    assert!(setup.resolve(Required::Endpoints).await.is_ok());
}

#[actix_web::test]
async fn hanging_discovery_delays_no_other_provider() {
    let (hanging, answering) = (Mode::default(), Mode::default());
    hanging.set(HANGING);
    let servers = [server(&hanging), server(&answering)];
    let [acme, forge] = ["acme", "forge"].map(|name| name.parse::<ProviderName>().expect("a name"));
    let all = vec![custom("acme", servers[0].base.as_str(), |_| {}), custom("forge", servers[1].base.as_str(), |_| {})];
    let (providers, _, _) = start(all);
    for _ in 0..MAX_WAITING {
        let (providers, acme) = (providers.clone(), acme.clone());
        actix::spawn(async move { providers.resolve(&acme, Required::Endpoints).await.map(drop) });
        for _ in 0..10 {
            actix_rt::task::yield_now().await;
        }
    }
    let refused = providers.resolve(&acme, Required::Endpoints).await;
    assert!(matches!(refused, Err(ResolveError::Send(SendError::Overloaded))), "{refused:?}");
    let resolved = providers.resolve(&forge, Required::Endpoints).await;
    assert!(resolved.is_ok(), "{:?}", resolved.err());
}

#[actix_web::test]
async fn metadata_narrows_algorithms_that_the_operator_did_not_set() {
    let algorithms = async |change: fn(&mut ProviderSettings)| {
        let mode = Mode::default();
        let server = server(&mode);
        let (providers, _, _) = start(vec![custom("acme", server.base.as_str(), change)]);
        let resolved = providers.resolve(&"acme".parse().expect("a name"), Required::Endpoints).await;
        resolved.expect("resolved").endpoints.id_token_algorithms.clone()
    };
    assert_eq!(algorithms(|_| {}).await, ["RS256", "EdDSA"]);
    assert_eq!(algorithms(|settings| settings.id_token_algorithms = Some(vec!["ES256".to_owned()])).await, ["ES256"]);
}

#[actix_web::test]
async fn announced_endpoint_for_pushed_requests_can_be_left_unused() {
    let endpoint = async |setup: Setup| {
        let resolved = setup.providers.resolve(&setup.acme, Required::Endpoints).await.expect("resolved");
        resolved.endpoints.pushed_authorization.is_some()
    };
    assert!(endpoint(setup(|_| {})).await);
    assert!(!endpoint(setup(|settings| settings.pushed_authorization = Some(false))).await);
}
