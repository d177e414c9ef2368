//! The secrets of a run, and the files in which they must not appear.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::app::TestApp;
use crate::support::postgres;

/// Shorter values would be found by coincidence.
const SHORTEST: usize = 12;

/// Secrets by value, each with a name.
#[derive(Default)]
pub struct Secrets(BTreeMap<Vec<u8>, String>);

impl Secrets {
    /// Adds a secret, as it is and URL-encoded.
    pub fn add(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= SHORTEST, "{name} is too short to search for: {secret:?}");
        self.0.insert(secret.as_bytes().to_vec(), name.to_owned());
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        self.0.insert(encoded.into_bytes(), name.to_owned());
    }

    /// Adds the keys that the process generated.
    pub fn add_keys(&mut self, app: &TestApp) {
        let read = |name: &str| std::fs::read_to_string(app.folder().join(name)).expect("a key");
        for line in read("jwt.pem").lines().filter(|line| !line.starts_with("---")) {
            self.add("key for access tokens", line);
        }
        let hex = read("vault.key").trim().to_owned();
        let bytes = hex.as_bytes().chunks(2).map(|digits| std::str::from_utf8(digits).expect("digits"));
        let bytes = bytes.map(|digits| u8::from_str_radix(digits, 16).expect("a byte")).collect();
        self.add("key of the vault", &hex);
        self.0.insert(bytes, "key of the vault".to_owned());
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names of the secrets in `haystack`, each with the text around it.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<String> {
        let key = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        // The first two bytes rule out most positions.
        let mut by_start: Vec<Vec<&[u8]>> = vec![Vec::new(); 1 << 16];
        for secret in self.0.keys() {
            by_start[key(secret)].push(secret);
        }
        let mut found = Vec::new();
        for at in 0..haystack.len().saturating_sub(SHORTEST) {
            for secret in &by_start[key(&haystack[at..])] {
                if haystack[at..].starts_with(secret) {
                    let around = &haystack[at.saturating_sub(80)..(at + 20).min(haystack.len())];
                    found.push(format!("{}: …{}…", self.0[*secret], String::from_utf8_lossy(around).escape_debug()));
                }
            }
        }
        found
    }
}

/// The current file of PostgreSQL's write-ahead log.
pub async fn write_ahead_log(app: &TestApp) -> Option<String> {
    if app.database().starts_with("sqlite:") {
        return None;
    }
    app.text("SELECT pg_walfile_name(pg_current_wal_lsn())").await
}

/// The files that the database has written since `began`.
pub async fn written(app: &TestApp, began: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let mut written = Vec::new();
    let mut read = |path: &Path| {
        if let Ok(bytes) = std::fs::read(path) {
            written.push((path.display().to_string(), bytes));
        }
    };
    let Some(began) = began else {
        for file in ["app.db", "app.db-wal"] {
            read(&app.folder().join(file));
        }
        assert_eq!(written.len(), 2, "the write-ahead log exists while the process runs");
        return written;
    };
    let ended = write_ahead_log(app).await;
    let folder = postgres::folder();
    for file in files(&folder.join("data/pg_wal")) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if (began..=ended.as_deref().unwrap_or_default()).contains(&name) {
            read(&file);
        }
    }
    // Flushes memory to the files; older log files may be removed by that.
    app.execute("CHECKPOINT").await;
    read(&folder.join("log"));
    let oid = app.text("SELECT oid::text FROM pg_database WHERE datname = current_database()").await;
    let oid = oid.expect("a database has a number");
    for file in files(&folder.join("data/base").join(oid)) {
        read(&file);
    }
    written
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
}
