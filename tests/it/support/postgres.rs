//! A temporary PostgreSQL cluster for one test run, on a Unix socket.
//!
//! The programs are searched on the PATH and below `/usr/lib/postgresql`. If there are none, the PostgreSQL tests are
//! skipped with a notice; with `VOUCHSAFE_TEST_STRICT=1` they fail.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A role that is let in with its password only. It does not exist until a test creates it.
pub const GUARDED_ROLE: &str = "guarded";

/// The URL of a new, empty database; `None`, with a notice, if PostgreSQL is not installed.
pub fn new_database() -> Option<String> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let Some(cluster) = CLUSTER.get_or_init(|| Cluster::start("pg")) else {
        skip();
        return None;
    };
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    cluster.run("psql", &["-qX", "-d", "postgres", "-c", &format!("CREATE DATABASE {name}")]);
    Some(cluster.address(&name))
}

/// The folder of the cluster: log, tables, write-ahead log.
#[allow(dead_code, reason = "not used by the unit tests")]
pub fn folder() -> PathBuf {
    folder_of("pg")
}

fn folder_of(cluster: &str) -> PathBuf {
    std::env::temp_dir().join(format!("vouchsafe-{cluster}-{}", std::process::id()))
}

fn skip() {
    assert!(
        std::env::var_os("VOUCHSAFE_TEST_STRICT").is_none_or(|strict| strict != "1"),
        "no PostgreSQL programs were found, and VOUCHSAFE_TEST_STRICT=1 allows no skip"
    );
    // Not eprintln!, which the test harness captures.
    let _ = writeln!(std::io::stderr(), "SKIPPED on PostgreSQL: its programs were not found");
}

/// A cluster: shared, or dedicated to one test that stops it.
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    // Stops the cluster when its stdin closes, however the run ends; it is never waited for.
    _caretaker: std::process::Child,
}

impl Cluster {
    /// A cluster for one test; `None`, with a notice, if PostgreSQL is not installed.
    #[allow(dead_code, reason = "not used by the unit tests")]
    pub fn own(name: &str) -> Option<Self> {
        let cluster = Self::start(name);
        if cluster.is_none() {
            skip();
        }
        cluster
    }

    /// The URL of a database of this cluster.
    pub fn address(&self, name: &str) -> String {
        let socket: String = url::form_urlencoded::byte_serialize(self.folder.as_os_str().as_encoded_bytes()).collect();
        format!("postgres://postgres@localhost/{name}?host={socket}")
    }

    /// Stops it as an operator does: connections are closed.
    #[allow(dead_code, reason = "not used by the unit tests")]
    pub fn stop(&self) {
        self.run("pg_ctl", &["-w", "-s", "-m", "fast", "-D", &self.data(), "stop"]);
    }

    /// Starts it again.
    #[allow(dead_code, reason = "not used by the unit tests")]
    pub fn restart(&self) {
        self.launch();
    }

    fn data(&self) -> String {
        self.folder.join("data").to_str().expect("a plain path").to_owned()
    }

    fn launch(&self) {
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{}' -c fsync=off -c max_connections=200",
            self.folder.display()
        );
        let log = self.folder.join("log");
        let log = log.to_str().expect("a plain path");
        self.run("pg_ctl", &["-w", "-s", "-D", &self.data(), "-l", log, "-o", &options, "start"]);
    }

    fn start(name: &str) -> Option<Self> {
        let programs = find_programs()?;
        let folder = folder_of(name);
        std::fs::create_dir_all(&folder).expect("a folder for the cluster");
        // PostgreSQL refuses to run as root.
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let owner = is_root.then(|| (id_of("-u"), id_of("-g")));
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).expect("the owner changed");
        }
        let data = folder.join("data");
        let data = data.to_str().expect("a plain path");
        run(
            &programs,
            owner,
            &folder,
            "initdb",
            &["-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"],
        );
        require_password(Path::new(data));
        let mut caretaker = Command::new("sh");
        caretaker
            .args(["-c", r#"cat >/dev/null; "$0" -s -m immediate -D "$1/data" stop; rm -rf "$1""#])
            .arg(programs.join("pg_ctl"))
            .arg(&folder)
            .current_dir(&folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        lend(&mut caretaker, owner);
        let caretaker = caretaker.spawn().expect("a shell");
        let cluster = Self { programs, folder, owner, _caretaker: caretaker };
        cluster.launch();
        Some(cluster)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        run(&self.programs, self.owner, &self.folder, program, arguments);
    }
}

/// Makes the server check the password of [`GUARDED_ROLE`]. The first line that fits a connection counts.
fn require_password(data: &Path) {
    let file = data.join("pg_hba.conf");
    let rules = std::fs::read_to_string(&file).expect("the rules of initdb");
    std::fs::write(file, format!("local all {GUARDED_ROLE} scram-sha-256\n{rules}")).expect("written");
}

fn run(programs: &Path, owner: Option<(u32, u32)>, folder: &Path, program: &str, arguments: &[&str]) {
    let mut command = Command::new(programs.join(program));
    command.args(arguments).current_dir(folder).env("PGHOST", folder).env("PGUSER", "postgres");
    // The server that pg_ctl starts keeps its output open, so it must not inherit ours.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    lend(&mut command, owner);
    let status = command.status().expect("a program of PostgreSQL");
    assert!(status.success(), "{program} ended with {status}");
}

fn lend(command: &mut Command, owner: Option<(u32, u32)>) {
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
}

fn id_of(which: &str) -> u32 {
    let output = Command::new("id").args([which, "postgres"]).output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a user `postgres` to run the cluster as")
}

/// The folder of its programs.
pub fn find_programs() -> Option<PathBuf> {
    let on_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    on_path
        .chain(debian.into_iter().rev())
        .find(|folder| ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).is_file()))
}
