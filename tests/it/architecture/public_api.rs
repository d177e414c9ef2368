//! What embedding apps can use: the names at the crate's root and the methods of those types, as a list. Who changes the
//! list changes what apps are built on; `UPDATE_GOLDENS=1 cargo test --test it public_interface` renews it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const LIST: &str = "tests/it/architecture/public_api.txt";

/// Types inside the crate that have the name of a public one.
const NAMESAKES: &[(&str, &str)] = &[
    ("Event", "src/domain/audit.rs"),
    ("Event", "src/flow/record/mod.rs"),
    ("Session", "src/store/sessions.rs"),
    ("User", "src/store/users.rs"),
];

/// The names after `pub use` and `pub mod` at the crate's root, without hidden ones.
fn root_names(root: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut is_hidden = false;
    for item in root.split_inclusive(';') {
        is_hidden |= item.contains("#[doc(hidden)]");
        let Some((_, path)) = item.split_once("pub use ").or_else(|| item.split_once("pub mod ")) else { continue };
        if !std::mem::take(&mut is_hidden) {
            let (_, list) = path.rsplit_once("::").unwrap_or(("", path));
            let identifiers = list.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            names.extend(identifiers.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    names
}

/// The public methods in `impl` blocks of these types that implement no trait.
fn methods(source: &str, types: &BTreeSet<String>) -> BTreeSet<String> {
    let mut owner = None;
    let mut methods = BTreeSet::new();
    for line in source.lines() {
        if let Some(head) = line.strip_prefix("impl ") {
            let name = head.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
            owner = (!head.contains(" for ")).then(|| types.get(name)).flatten();
        } else if line.starts_with('}') {
            owner = None;
        } else if let (Some(owner), Some(rest)) = (owner, line.strip_prefix("    pub ")) {
            let signature = rest.trim_start_matches("const ").trim_start_matches("async ");
            if let Some(name) = signature.strip_prefix("fn ").and_then(|rest| rest.split(['(', '<']).next()) {
                methods.insert(format!("{owner}::{name}"));
            }
        }
    }
    methods
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn public_interface_is_the_listed_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&folder.join("src"), &mut files);
    let root = root_names(&std::fs::read_to_string(folder.join("src/lib.rs")).expect("the crate's root"));
    let of_types = files.iter().flat_map(|file| {
        let mut types = root.clone();
        types.retain(|name| !NAMESAKES.iter().any(|(namesake, path)| namesake == name && file.ends_with(path)));
        methods(&std::fs::read_to_string(file).expect("a source"), &types)
    });
    let names: BTreeSet<String> = of_types.chain(root.iter().cloned()).collect();
    let text: String = names.iter().map(|name| format!("{name}\n")).collect();
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(folder.join(LIST), &text).expect("written");
    }
    let listed = std::fs::read_to_string(folder.join(LIST)).expect("the list");
    assert!(text == listed, "{LIST} lists another interface than this one:\n{text}");
}
