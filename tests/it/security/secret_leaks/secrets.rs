//! The canaries, and the places where they must not be.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::app::TestApp;
use crate::support::postgres;

/// Shorter ones would be found by chance.
const SHORTEST: usize = 12;

/// Secrets, each with its name.
#[derive(Default)]
pub struct Secrets(BTreeMap<Vec<u8>, String>);

impl Secrets {
    /// Another secret, as it is and as it stands in URLs and forms.
    pub fn add(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= SHORTEST, "{name} is too short to be looked for: {secret:?}");
        self.0.insert(secret.as_bytes().to_vec(), name.to_owned());
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        self.0.insert(encoded.into_bytes(), name.to_owned());
    }

    /// The keys that the process made for itself.
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

    /// The names of those that are there, each with what stands around it.
    pub fn found_in(&self, haystack: &[u8]) -> Vec<String> {
        let key = |bytes: &[u8]| usize::from(bytes[0]) << 8 | usize::from(bytes[1]);
        // Most places are ruled out by their first two bytes.
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

/// On PostgreSQL: which file of its write-ahead log is written now.
pub async fn write_ahead_log(app: &TestApp) -> Option<String> {
    if app.database().starts_with("sqlite:") {
        return None;
    }
    app.text("SELECT pg_walfile_name(pg_current_wal_lsn())").await
}

/// All that the database has written since then, file by file.
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
        assert_eq!(written.len(), 2, "the write-ahead log is there while the process lives");
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
    // What is in memory goes to the files. The log of before is no longer needed then, and may be gone.
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
