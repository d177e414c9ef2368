//! The program as a process of its own, in an app: it can be killed, and what it wrote can be read.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use vouchsafe::domain::clock::{Clock, SystemClock};

use crate::support::app::{Database, TestApp, listen};

/// SIGKILL.
pub const SIGKILL: i32 = 9;

/// SIGABRT: it died at a fail point.
pub const SIGABRT: i32 = 6;

/// What it says where somebody else listens.
pub const PORT_IS_TAKEN: &str = "cannot be listened on";

/// One running program.
pub struct Process {
    /// Where it answers.
    pub base: String,
    /// Its log.
    pub log: PathBuf,
    child: Child,
    place: PathBuf,
}

/// A app in which processes can live: their clock is the machine's.
pub fn real_time_app(database: Database) -> Option<TestApp> {
    TestApp::at(SystemClock.now(), database)
}

impl Process {
    /// Starts it, and comes back when it listens. It logs what is of this level; `edit` has the last word on its
    /// settings.
    pub fn start(app: &TestApp, level: &str, edit: impl Fn(String) -> String) -> Self {
        // Between our asking for a free port and its listening there, somebody else may have taken it.
        (0..5).find_map(|_| Self::try_start(app, level, &edit)).expect("a port that stays free")
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
        let greeting = BufReader::new(child.stdout.take().expect("its output"));
        let is_up = greeting.lines().map_while(Result::ok).any(|line| line.contains("Data "));
        let process = Self { base, log, child, place };
        if !is_up {
            let log = std::fs::read_to_string(&process.log).expect("its log");
            assert!(log.contains(PORT_IS_TAKEN), "it did not start: {log}");
            return None;
        }
        Some(process)
    }

    /// It is to die when it gets to this place.
    pub fn abort_at(&self, place: &str) {
        // Under its name only when it is whole.
        let draft = self.place.with_extension("draft");
        std::fs::write(&draft, place).expect("written");
        std::fs::rename(draft, &self.place).expect("in its place");
    }

    /// Ends it without a word.
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
    }

    /// How it ended; `None` if nobody ended it.
    pub fn signal(mut self) -> Option<i32> {
        let status: ExitStatus = self.child.wait().expect("its end");
        status.signal()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended long ago.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
