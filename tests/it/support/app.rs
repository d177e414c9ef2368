//! The fixture of most tests: simulated providers, a manual clock and a database of its own, on which the test
//! starts one or more nodes of the real app, each on a free port.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use tempfile::TempDir;
use url::Url;
use vouchsafe::{Clock, ManualClock, Timestamp};
use vouchsafe::{OsRandom, RandomSource};
use vouchsafe::{Settings, Vouchsafe};
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, Simulator};

use crate::resilience::model::journeys;
use crate::support::{postgres, rows};

pub use crate::support::node::{Node, access_token, parameter, refresh_token};

/// The clock's time at the start of a test.
pub const START_TIME: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The issuer of the access tokens of every node.
pub const ISSUER: &str = "https://auth.test";

/// A PKCE pair (RFC 7636, appendix B) of an app that exchanges one-time codes.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The kind of database that an app uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];
}

/// Providers, clock and database, shared by the nodes of a test.
pub struct TestApp {
    pub clock: Arc<ManualClock>,
    pub simulator: Simulator,
    providers: String,
    database: String,
    folder: TempDir,
    world: ServerHandle,
    /// All that it built.
    built: Mutex<Vec<Vouchsafe>>,
}

impl Drop for TestApp {
    /// Holds each sign-in of the test against the model.
    fn drop(&mut self) {
        drop(self.world.stop(false));
        if !std::thread::panicking() {
            let built = self.built.get_mut().unwrap_or_else(PoisonError::into_inner);
            for vouchsafe in built {
                journeys::check(vouchsafe);
            }
        }
    }
}

/// A listener on a free port, and its origin.
pub fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    (listener, origin)
}

/// Serves an app until the handle stops it.
pub fn serve<F>(
    listener: TcpListener,
    workers: usize,
    configure: impl Fn() -> F + Send + Clone + 'static,
) -> ServerHandle
where
    F: FnOnce(&mut web::ServiceConfig) + 'static,
{
    let server = HttpServer::new(move || App::new().configure(configure()))
        .workers(workers)
        // A busy machine may read a request late; the default answers 408 after five seconds.
        .client_request_timeout(Duration::ZERO)
        .disable_signals()
        .listen(listener)
        .expect("listening")
        .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    handle
}

impl TestApp {
    /// An app on a new SQLite file.
    pub fn new() -> Self {
        Self::on(Database::Sqlite).expect("SQLite is always available")
    }

    /// An app on a new database of this kind; `None`, with a notice, if PostgreSQL is not installed.
    pub fn on(database: Database) -> Option<Self> {
        Self::at(START_TIME, database)
    }

    /// Like [`Self::on`], with another start time.
    pub fn at(beginning: Timestamp, database: Database) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let database = match database {
            Database::Sqlite => format!("sqlite://{}/app.db", folder.path().display()),
            Database::Postgres => postgres::new_database()?,
        };
        Some(Self::on_database(database, folder, beginning))
    }

    /// An app on the database at this URL.
    pub fn on_database(database: String, folder: TempDir, beginning: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::new(beginning));
        let (listener, origin) = listen();
        let base: Url = format!("{origin}/simulator").parse().expect("a URL");
        let time = Arc::clone(&clock);
        let simulator = Simulator::new(base, move || time.now().seconds(), |bytes| OsRandom.fill(bytes));
        let played = simulator.clone();
        let world = serve(listener, 1, move || {
            let played = played.clone();
            move |config: &mut web::ServiceConfig| {
                config.service(web::scope("/simulator").configure(played.routes()));
            }
        });
        let providers = [SimulatedProvider::Google, SimulatedProvider::Github, SimulatedProvider::Oidc]
            .map(|provider| provider_section(&simulator, provider))
            .concat();
        Self { clock, simulator, providers, database, folder, world, built: Mutex::default() }
    }

    /// The settings of a node at `origin`, with `more` TOML.
    pub fn settings(&self, origin: &str, more: &str) -> Settings {
        Settings::from_toml(&self.settings_text(origin, more)).expect("settings")
    }

    /// The settings of a node at `origin` as TOML, with `more` before the provider tables.
    pub fn settings_text(&self, origin: &str, more: &str) -> String {
        // A separate process binds the address itself; for a node in this process, the test has bound a listener.
        let is_address = |rest: &&str| rest.parse::<std::net::SocketAddr>().is_ok();
        let bind = origin.strip_prefix("http://").filter(is_address).unwrap_or("127.0.0.1:0");
        format!(
            "mode = 'development'\nserver.bind = '{bind}'\nserver.public_url = '{origin}'\nserver.workers = 2\n\
             database = {{ url = '{}' }}\ndevelopment = {{ directory = '{}', simulator = false }}\n\
             client = {{ url = 'https://app.test/', allowed_redirect_urls = ['https://*.preview.test', 'myapp://cb'] }}\n\
             session.issuer = '{ISSUER}'\nupstream = {{ timeout = '20s' }}\n{more}\n{}",
            self.database,
            self.folder.path().display(),
            self.providers
        )
    }

    /// The settings of one more provider, as TOML.
    pub fn provider(&self, provider: SimulatedProvider) -> String {
        provider_section(&self.simulator, provider)
    }

    /// Starts a node.
    pub async fn node(&self) -> Node {
        self.node_with("").await
    }

    /// Starts a node without configured providers: its built-in simulator serves all of them.
    pub async fn simulated_node(&self) -> Node {
        let (listener, origin) = listen();
        let mut settings = self.settings(&origin, "");
        settings.providers.clear();
        settings.development.simulator = true;
        let vouchsafe = self.build(settings).await;
        let handle = serve(listener, 2, move || vouchsafe.routes());
        Node::at(origin, handle)
    }

    /// Starts a node with more settings.
    pub async fn node_with(&self, more: &str) -> Node {
        let (listener, origin) = listen();
        let vouchsafe = self.build(self.settings(&origin, more)).await;
        let handle = serve(listener, 2, move || vouchsafe.routes());
        Node::at(origin, handle)
    }

    /// The same, where every node keeps the tokens of its providers.
    pub fn keeping_tokens(mut self) -> Self {
        self.providers = Self::managed(&self.providers);
        self
    }

    /// Starts a node that keeps the tokens of its providers, and refreshes them when they are asked for.
    pub async fn managed_node(&self, more: &str) -> Node {
        let (listener, origin) = listen();
        let text = self.managed_settings(&origin, more);
        let vouchsafe = self.build(Settings::from_toml(&text).expect("settings")).await;
        let handle = serve(listener, 2, move || vouchsafe.routes());
        Node::at(origin, handle)
    }

    /// The same, which may refresh ahead of expiry, as `more` says.
    pub async fn managed_node_ahead(&self, more: &str) -> Node {
        let (listener, origin) = listen();
        let text = Self::managed(&self.settings_text(&origin, more));
        let vouchsafe = self.build(Settings::from_toml(&text).expect("settings")).await;
        let handle = serve(listener, 2, move || vouchsafe.routes());
        Node::at(origin, handle)
    }

    /// The settings of a node that refreshes tokens when they are asked for, as TOML.
    pub fn managed_settings(&self, origin: &str, more: &str) -> String {
        Self::managed(&self.settings_text(origin, &format!("grants.refresh_ahead = '0s'\n{more}")))
    }

    fn managed(text: &str) -> String {
        ["google", "github", "oidc"].iter().fold(text.to_owned(), |text, name| {
            let section = format!("[providers.{name}]\n");
            text.replace(&section, &format!("{section}custody = 'managed'\n"))
        })
    }

    /// Builds the app without serving it.
    pub async fn build(&self, settings: Settings) -> Vouchsafe {
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let vouchsafe = Vouchsafe::builder(settings).clock(clock).build().await.expect("built");
        self.built.lock().expect("not poisoned").push(vouchsafe.clone());
        vouchsafe
    }

    /// The URL of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// A folder that is deleted with the app.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Advances the clock.
    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The number of rows of a table.
    pub async fn count(&self, table: &str) -> i64 {
        self.query(&format!("SELECT COUNT(*) FROM {table}")).await
    }

    /// One number from the database.
    pub async fn query(&self, sql: &str) -> i64 {
        rows::scalar(&self.database, sql).await
    }

    /// One text from the database.
    pub async fn text(&self, sql: &str) -> Option<String> {
        rows::scalar(&self.database, sql).await
    }

    /// The row counts of all that a refused request must leave as it is.
    pub async fn row_counts(&self) -> Vec<(&'static str, i64)> {
        let tables = [
            "users",
            "identities",
            "user_roles",
            "sessions",
            "one_time_codes",
            "vault_entries",
            "grants",
            "revocations",
        ];
        let mut counts = Vec::new();
        for table in tables {
            counts.push((table, self.count(table).await));
        }
        counts
    }

    /// Executes a statement, as an operator would.
    pub async fn execute(&self, sql: &str) {
        self.try_execute(sql).await.expect("executed");
    }

    /// Executes a statement that may fail; returns the database's message.
    pub async fn try_execute(&self, sql: &str) -> Result<(), String> {
        rows::execute(&self.database, sql).await
    }
}

fn provider_section(simulator: &Simulator, provider: SimulatedProvider) -> String {
    let at = simulator.endpoints(provider);
    let name = provider.name();
    let head = format!(
        "[providers.{name}]\nclient_id = '{CLIENT_ID}'\nclient_secret = '{CLIENT_SECRET}'\nissuer = '{}'\n",
        at.issuer
    );
    let rest = match provider {
        SimulatedProvider::Oidc => "type = 'oidc'\n".to_owned(),
        SimulatedProvider::Github => format!(
            "authorization_url = '{}'\ntoken_url = '{}'\nuserinfo_url = '{}'\nrevocation_url = '{}'\n",
            at.authorize,
            at.token,
            at.userinfo,
            at.revoke.expect("a revocation endpoint")
        ),
        SimulatedProvider::Google => format!(
            "authorization_url = '{}'\ntoken_url = '{}'\nuserinfo_url = '{}'\njwks_url = '{}'\nrevocation_url = '{}'\nparameters = {{ access_type = 'offline' }}\n",
            at.authorize,
            at.token,
            at.userinfo,
            at.jwks.expect("keys"),
            at.revoke.expect("a revocation endpoint")
        ),
        SimulatedProvider::Twitter => format!(
            "request_token_url = '{}'\nauthorization_url = '{}'\ntoken_url = '{}'\nuserinfo_url = '{}'\n",
            at.request_token.expect("an endpoint of request tokens"),
            at.authorize,
            at.token,
            at.userinfo
        ),
        other => panic!("{other:?} is not among the providers of an app"),
    };
    head + &rest
}
