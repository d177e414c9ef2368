//! Checks what the compiler cannot: the direction of imports inside the crate, names that are restricted to one module,
//! and the length of files. Items under `#[cfg(test)]` are exempt.

mod docs;
mod public_api;
mod secrets;
mod tokens;

use std::collections::BTreeMap;
use std::path::Path;

use tokens::{Source, imported_modules};

/// A longer file holds more than one subject.
const MAX_LINES: usize = 350;

/// All modules below `app`.
const ALL: &[&str] = &[
    "domain", "metrics", "actor", "settings", "oauth", "store", "events", "provider", "session", "user", "vault",
    "flow", "grants", "clients", "http",
];

/// Each module of the crate root, and the modules that it may import.
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("metrics", &["domain"]),
    ("actor", &["domain", "metrics"]),
    ("settings", &["domain"]),
    ("oauth", &["domain", "metrics"]),
    ("store", &["domain", "metrics"]),
    ("events", &["domain", "metrics", "settings", "oauth", "store"]),
    ("provider", &["domain", "metrics", "actor", "settings", "oauth"]),
    ("session", &["domain", "settings", "store"]),
    ("user", &["domain", "metrics", "actor", "settings", "store", "events", "session"]),
    ("vault", &["domain", "metrics", "actor", "store", "events", "user"]),
    (
        "flow",
        &["domain", "metrics", "actor", "settings", "oauth", "store", "events", "provider", "session", "user", "vault"],
    ),
    ("grants", &["domain", "metrics", "actor", "settings", "oauth", "store", "events", "provider", "user", "vault"]),
    ("clients", &["domain", "settings", "oauth", "store"]),
    // The types that it translates; neither `oauth` nor `store`.
    (
        "http",
        &[
            "domain", "metrics", "actor", "settings", "session", "user", "vault", "flow", "grants", "clients",
            "provider",
        ],
    ),
    ("app", ALL),
    ("access", &["domain", "actor", "session", "user", "http", "app"]),
    ("bench", &["domain", "session", "user", "vault", "flow"]),
    ("cli", &["app", "settings", "domain", "session"]),
    ("main", &["cli"]),
    ("lib", &["domain", "actor", "app", "access", "settings", "store"]),
];

/// Names, and the only modules that may use them. Common words, such as `fill`, are left to `.clippy.toml`.
const RESTRICTED_NAMES: &[(&[&str], &[&str])] = &[
    // An embedding app names the connection that it gives.
    (&["sea_orm"], &["store", "lib.rs"]),
    (&["sea_orm_migration", "sqlx", "vouchsafe_entity", "vouchsafe_migration"], &["store"]),
    (&["awc"], &["oauth/http"]),
    (&["vouchsafe_simulator"], &["app"]),
    (&["SystemTime", "now_utc", "now_local", "now_v7"], &["domain/clock.rs"]),
    // The clock of rate limits has an associated type of this name.
    (&["Instant"], &["domain/clock.rs", "domain/steady_clock.rs"]),
    // What belongs to the process is for the program, not for an app that embeds the library.
    (&["exit", "set_logger", "set_boxed_logger", "set_hook", "ctrl_c", "SignalKind", "set_var"], &["cli"]),
    (&["getrandom", "new_v4", "new_random", "new_random_sha256"], &["domain/random.rs"]),
];

/// Types of values that change behind a shared reference.
const MUTABLE: &[&str] = &["Mutex", "RwLock", "OnceLock", "OnceCell", "RefCell", "Cell"];

/// Where there is a `static` of such a type: the logger of the program, and what the current thread is doing.
const GLOBAL_STATE: &[&str] = &["cli", "domain/log.rs", "domain/random.rs"];

/// Folders, and a name that each must not use.
const SEPARATE: &[(&str, &str)] = &[("http/nhost", "aufy"), ("http/aufy", "nhost")];

/// Every violation as one line. `files` are paths below `src/` and their text.
fn violations(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut violations = Vec::new();
    let sources: Vec<_> = files.iter().map(|(path, text)| (path, Source::parse(path, text))).collect();
    let test_modules: Vec<&String> = sources.iter().flat_map(|(_, source)| &source.test_modules).collect();
    for (path, source) in &sources {
        let lines = files[*path].lines().count();
        if lines > MAX_LINES {
            violations.push(format!("{path} has {lines} lines; the limit is {MAX_LINES}"));
        }
        let module = path.trim_end_matches(".rs");
        if !test_modules.iter().any(|test| module == *test || module.starts_with(&format!("{test}/"))) {
            check_imports(path, &source.tokens, &mut violations);
            check_names(path, &source.tokens, &mut violations);
        }
    }
    violations
}

fn check_imports(path: &str, tokens: &[String], violations: &mut Vec<String>) {
    let module = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
        return violations.push(format!("{path} belongs to no module of the list"));
    };
    for imported in imported_modules(path, tokens, |name| IMPORTS.iter().any(|(module, _)| *module == name)) {
        if imported != module && !allowed.contains(&imported) {
            violations.push(format!("{path} imports {imported}, which {module} may not"));
        }
    }
}

fn check_names(path: &str, tokens: &[String], violations: &mut Vec<String>) {
    let is_in =
        |folder: &str| path == folder || path.starts_with(&format!("{folder}/")) || path == format!("{folder}.rs");
    let is_mutable = |token: &String| MUTABLE.contains(&token.as_str()) || token.starts_with("Atomic");
    for (at, name) in tokens.iter().enumerate().skip(1) {
        // A lifetime `'static` is followed by a type, not by a name in capitals.
        let is_static = tokens[at - 1] == "static" && name.len() > 1 && *name == name.to_uppercase();
        if is_static && tokens.iter().skip(at + 1).take(6).any(is_mutable) && !GLOBAL_STATE.iter().any(|at| is_in(at)) {
            violations.push(format!("{path} has global state in {name}"));
        }
    }
    for token in tokens {
        for (names, folders) in RESTRICTED_NAMES {
            if names.contains(&token.as_str()) && !folders.iter().any(|folder| is_in(folder)) {
                violations.push(format!("{path} uses {token}, which is restricted to {}", folders.join(", ")));
            }
        }
        for (folder, forbidden) in SEPARATE {
            if token == forbidden && is_in(folder) {
                violations.push(format!("{path} uses {token}, which {folder} must not"));
            }
        }
    }
}

/// Every Rust file below a folder, by its path from there.
fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn source_follows_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    assert!(files.len() > 50, "only {} files were found", files.len());
    let violations = violations(&files);
    assert!(violations.is_empty(), "\n{}", violations.join("\n"));
}

fn violations_of(path: &str, text: &str) -> Vec<String> {
    violations(&BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

#[test]
fn import_against_the_direction_is_reported_in_every_form() {
    for text in [
        "use crate::store::Store;",
        "use crate::{domain::id::UserId, store::{Store, people}};",
        "fn f() -> crate::store::Store { g() }",
        "use super::super::store::Store;",
        "use super::super::{domain, store};",
        "fn f() { assert!(matches!(x, crate::store::A)) }",
        "#[cfg(test)] use x::{y}; use crate::store;",
        "#[cfg(test)] mod tests { fn f() {} } use crate::store;",
    ] {
        let violations = violations_of("oauth/keys.rs", text);
        assert_eq!(violations, ["oauth/keys.rs imports store, which oauth may not"], "{text}");
    }
}

#[test]
fn allowed_imports_and_comments_are_not_reported() {
    for text in [
        "use crate::domain::{id, secret::Secret};",
        "use super::super::domain::id;",
        "use super::discovery;",
        "//! Never imports crate::store.\n/* crate::store */",
        "const A: &str = \"crate::store\"; const B: &str = r#\"\" crate::store\"#;",
        "#[cfg(test)] mod tests { use crate::store::Store; fn f() { let x = \"}\"; } }",
        "#[cfg(test)]\nuse crate::{store, domain};",
        "mod nested { use super::inner; }",
    ] {
        assert_eq!(violations_of("oauth/keys.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn test_modules_may_import_anything() {
    let mut files = BTreeMap::from([
        ("oauth/mod.rs".to_owned(), "#[cfg(test)]\nmod testing;\nmod http;".to_owned()),
        ("oauth/http.rs".to_owned(), "#[cfg(test)]\n#[path = \"http_tests/mod.rs\"]\nmod tests;".to_owned()),
        ("oauth/testing.rs".to_owned(), "use crate::store;".to_owned()),
        ("oauth/http_tests/tls.rs".to_owned(), "use crate::store;".to_owned()),
    ]);
    assert_eq!(violations(&files), Vec::<String>::new());
    files.insert("oauth/testing_too.rs".to_owned(), "use crate::store;".to_owned());
    assert_eq!(violations(&files), ["oauth/testing_too.rs imports store, which oauth may not"]);
}

#[test]
fn restricted_name_outside_its_module_is_reported() {
    for (path, text) in [
        ("user/repo.rs", "use sea_orm::Order;"),
        ("flow/callback.rs", "fn f() { let client = awc::Client::new(); }"),
        ("session/keys.rs", "fn f() { let now = std::time::SystemTime::now(); }"),
        ("session/keys.rs", "fn f() { let id = uuid::Uuid::new_v4(); }"),
        ("session/keys.rs", "static CACHE: std::sync::Mutex<u8> = std::sync::Mutex::new(0);"),
        ("session/keys.rs", "thread_local! { static COUNT: Cell<u8> = const { Cell::new(0) }; }"),
        ("app/mod.rs", "fn f() { std::process::exit(1) }"),
        ("app/mod.rs", "fn f() { log::set_logger(&LOGGER); }"),
        ("http/nhost/user.rs", "use super::super::aufy::Problem;"),
        ("http/aufy/mod.rs", "use crate::http::nhost;"),
        ("main.rs", "fn main() { vouchsafe::store::open() }"),
        ("app/mod.rs", "use crate::cli;"),
        ("cellar/mod.rs", ""),
    ] {
        assert_eq!(violations_of(path, text).len(), 1, "{path}: {text}");
    }
    assert_eq!(violations_of("store/users.rs", "use sea_orm::Order;"), Vec::<String>::new());
}

#[test]
fn file_over_the_line_limit_is_reported() {
    assert_eq!(violations_of("domain/id.rs", &"\n".repeat(MAX_LINES)), Vec::<String>::new());
    assert_eq!(violations_of("domain/id.rs", &"\n".repeat(MAX_LINES + 1)).len(), 1);
}
