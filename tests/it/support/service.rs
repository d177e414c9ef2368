//! A node in a separate process that gets signals, as a service manager and a proxy see it.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::app::{Node, TestApp, listen};
use crate::support::browser::Browser;
use crate::support::process::PORT_IS_TAKEN;

/// The limit of every wait.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running `vouchsafe serve`.
pub struct Service {
    /// Its HTTP interface.
    pub node: Node,
    child: Child,
    log: PathBuf,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until the condition holds.
pub async fn wait_until(what: &str, mut question: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + TIMEOUT;
    while !question().await {
        assert!(Instant::now() < end, "timeout: {what}");
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
    }
}

impl Service {
    /// Starts a node of this app with more settings and waits until it is ready.
    pub async fn start(app: &TestApp, more: &str) -> Self {
        Self::start_limited(app, more, "true").await
    }

    /// Starts a node after a shell command such as `ulimit -n 200`.
    pub async fn start_limited(app: &TestApp, more: &str, limit: &str) -> Self {
        // Between our asking for a free port and its listening there, somebody else may have taken it.
        for _ in 0..5 {
            if let Some(service) = Self::try_start(app, more, limit).await {
                return service;
            }
        }
        panic!("no free port");
    }

    async fn try_start(app: &TestApp, more: &str, limit: &str) -> Option<Self> {
        let (listener, origin) = listen();
        let (_, port) = origin.rsplit_once(':').expect("a port");
        let folder = app.folder().join(port);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("vouchsafe.toml"), app.settings_text(&origin, more)).expect("written");
        let log = folder.join("log");
        drop(listener);
        // A write beyond the file size limit is an error, as on a full disk, not a signal.
        let child = Command::new("sh")
            .args(["-c", &format!("trap '' XFSZ; {limit} && exec \"$0\"")])
            .arg(env!("CARGO_BIN_EXE_vouchsafe"))
            .current_dir(&folder)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("a process");
        let mut process = Self { node: Node::external(origin), child, log };
        let mut has_ended = false;
        wait_until("it is ready", async || {
            has_ended = process.child.try_wait().expect("a child").is_some();
            has_ended || process.node.is_ready().await
        })
        .await;
        assert!(!has_ended || process.log().contains(PORT_IS_TAKEN), "ended at start: {}", process.log());
        (!has_ended).then_some(process)
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// The folder of its settings file.
    pub fn folder(&self) -> &Path {
        self.log.parent().expect("a folder")
    }

    /// Changes the text of its settings file.
    pub fn edit_settings(&self, edit: impl FnOnce(String) -> String) {
        let path = self.folder().join("vouchsafe.toml");
        let text = std::fs::read_to_string(&path).expect("a file");
        std::fs::write(&path, edit(text)).expect("written");
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; returns the exit code, `None` after a signal.
    pub async fn ended(&mut self) -> Option<i32> {
        let mut code = None;
        wait_until("it ended", async || match self.child.try_wait().expect("a child") {
            None => false,
            Some(status) => {
                code = status.code();
                true
            }
        })
        .await;
        code
    }

    /// Its log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Node {
    /// Whether `/healthz` answers 200; `false` if the connection fails.
    pub async fn is_ready(&self) -> bool {
        self.is_listening()
            && Browser::new().try_peek(&format!("{}/healthz", self.base)).await.is_some_and(|a| a.status == 200)
    }

    /// Whether it accepts connections.
    pub fn is_listening(&self) -> bool {
        TcpStream::connect(self.base.trim_start_matches("http://")).is_ok()
    }
}
