//! A service with the simulated providers of development mode on the thread of a test, for what its routes do not show.

use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, Simulator};

use super::worker::{self, Worker};
use super::{Event, Vouchsafe};
use crate::domain::clock::{Clock, ManualClock, Timestamp};
use crate::events::testing::listen_to_events;
use crate::flow::service::{CurrentServices as _, FlowServices, SignInService};
use crate::settings::Settings;
use crate::store::Store;

/// The time at which each test begins.
pub(crate) const START_TIME: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The limit of every wait.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// One worker of a service, a manual clock, and simulated providers that a server on 127.0.0.1 answers for.
pub(crate) struct TestService {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) simulator: Simulator,
    events: Mutex<UnboundedReceiver<Event>>,
    worker: Rc<Worker>,
    vouchsafe: Vouchsafe,
    providers: ServerHandle,
    _folder: TempDir,
}

impl Drop for TestService {
    fn drop(&mut self) {
        drop(self.providers.stop(false));
    }
}

impl TestService {
    /// A service with the settings of development mode.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same with more settings, as TOML.
    pub(crate) async fn start_with(more: &str) -> Self {
        Self::start_on(listen(), more).await
    }

    /// A service that keeps and refreshes the tokens of GitLab.
    pub(crate) async fn start_keeping_tokens() -> Self {
        let listener = listen();
        let base = format!("{}/simulator", origin(&listener)).parse().expect("a URL");
        let gitlab = format!(
            "[providers.gitlab]\ncustody = 'managed'\nclient_id = '{CLIENT_ID}'\nclient_secret = '{CLIENT_SECRET}'\n\
             base_url = '{}'",
            SimulatedProvider::Gitlab.endpoints(&base).base
        );
        Self::start_on(listener, &gitlab).await
    }

    async fn start_on(listener: TcpListener, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!(
            "mode = 'development'\nserver = {{ public_url = '{}', workers = 1 }}\ndatabase.url = 'sqlite::memory:'\n\
             development.directory = '{}'\n\
             client = {{ url = 'https://app.test/', allowed_redirect_urls = ['http://127.0.0.1:*/native'] }}\n{more}",
            origin(&listener),
            folder.path().display(),
        );
        let clock = Arc::new(ManualClock::new(START_TIME));
        let (recipient, events) = listen_to_events();
        let vouchsafe = Vouchsafe::builder(Settings::from_toml(&text).expect("settings"))
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .events(recipient)
            .build()
            .await
            .expect("built");
        let simulator = vouchsafe.0.parts.simulator.clone().expect("development mode has one");
        let routes = simulator.routes();
        let scope = move || actix_web::web::scope("/simulator").configure(routes.clone());
        let server = HttpServer::new(move || App::new().service(scope())).workers(1).disable_signals();
        let server = server.listen(listener).expect("listening").run();
        let providers = server.handle();
        actix_rt::spawn(server);
        // What runs once a minute would take what a test waits for, on a machine that is slow enough.
        vouchsafe.0.maintenance_started.store(true, Ordering::Release);
        let worker = worker::start(&vouchsafe.0);
        Self { clock, simulator, events: Mutex::new(events), worker, vouchsafe, providers, _folder: folder }
    }

    /// The sign-ins of the worker.
    pub(crate) fn sign_ins(&self) -> SignInService {
        self.worker.generation().http.sign_ins.clone()
    }

    /// What they use.
    pub(crate) fn services(&self) -> Rc<FlowServices> {
        self.worker.current()
    }

    /// The database.
    pub(crate) fn store(&self) -> Store {
        self.vouchsafe.0.store()
    }

    /// The next event that actors of an embedding app are told of.
    pub(crate) async fn next_event(&self) -> Event {
        let mut events = self.events.lock().await;
        let next = tokio::time::timeout(DEADLINE, events.recv()).await;
        next.expect("told in time").expect("the listener runs")
    }

    /// Replaces the settings by those that `change` makes of them.
    pub(crate) async fn reload(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = Settings::clone(&self.worker.generation().settings);
        change(&mut settings);
        self.vouchsafe.reload(settings).await.expect("reloaded");
    }
}

fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

fn origin(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().expect("an address"))
}
