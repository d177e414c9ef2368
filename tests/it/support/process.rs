//! The binary as a separate process that can be killed and whose log can be read.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use vouchsafe::{Clock, SystemClock};

use crate::support::app::{Database, TestApp, listen};

/// SIGKILL.
pub const SIGKILL: i32 = 9;

/// SIGABRT: the process aborted at a fail point.
pub const SIGABRT: i32 = 6;

/// The log text if the port is in use.
pub const PORT_IS_TAKEN: &str = "cannot be listened on";

/// A running process.
pub struct Process {
    /// Its origin.
    pub base: String,
    /// The path of its log.
    pub log: PathBuf,
    child: Child,
    place: PathBuf,
}

/// An app with the system's time, for separate processes.
pub fn real_time_app(database: Database) -> Option<TestApp> {
    TestApp::at(SystemClock.now(), database)
}

impl Process {
    /// Starts a process and waits until it listens. `level` is its log level; `edit` changes the text of its settings.
    pub fn start(app: &TestApp, level: &str, edit: impl Fn(String) -> String) -> Self {
        // Another process may take the free port before ours binds it.
        (0..5).find_map(|_| Self::try_start(app, level, &edit)).expect("a free port")
    }

    fn try_start(app: &TestApp, level: &str, edit: impl Fn(String) -> String) -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let (listener, base) = listen();
        let name = |kind: &str| app.folder().join(format!("{}.{kind}", NEXT.fetch_add(1, Ordering::Relaxed)));
        let (settings, log, place) = (name("toml"), name("log"), name("place"));
        std::fs::write(&settings, edit(app.settings_text(&base, ""))).expect("written");
        drop(listener);
        let mut child = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
            .arg("--config")
            .arg(settings)
            .env_clear()
            .env("RUST_LOG", level)
            .env("VOUCHSAFE_TEST_DIE_AT", &place)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).expect("a file"))
            .spawn()
            .expect("the program");
        let mut greeting = BufReader::new(child.stdout.take().expect("stdout")).lines().map_while(Result::ok);
        let is_up = greeting.any(|line| line.contains("Data "));
        // The rest is read as well: a process that prints to a closed pipe panics.
        std::thread::spawn(move || greeting.for_each(drop));
        let process = Self { base, log, child, place };
        if !is_up {
            let log = std::fs::read_to_string(&process.log).expect("its log");
            assert!(log.contains(PORT_IS_TAKEN), "it did not start: {log}");
            return None;
        }
        Some(process)
    }

    /// Makes the process abort at this fail point.
    pub fn abort_at(&self, place: &str) {
        // The rename makes the write atomic.
        let draft = self.place.with_extension("draft");
        std::fs::write(&draft, place).expect("written");
        std::fs::rename(draft, &self.place).expect("renamed");
    }

    /// Sends SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
    }

    /// Waits for its end; returns the signal that ended it, if any.
    pub fn signal(mut self) -> Option<i32> {
        let status: ExitStatus = self.child.wait().expect("a status");
        status.signal()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
