//! Checks the source against the architecture: the direction of imports, names that are restricted to one module, and
//! the length of files. It reads text, not types, so it needs only the standard library. Code under `#[cfg(test)]` is
//! exempt.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A longer file holds more than one subject.
const MAX_LINES: usize = 350;

/// All modules below `app`.
const ALL: &[&str] =
    &["domain", "actor", "settings", "oauth", "store", "provider", "session", "user", "vault", "flow", "http"];

/// Each module of the crate root, and the modules that it may import.
const IMPORTS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("actor", &["domain"]),
    ("settings", &["domain"]),
    ("oauth", &["domain"]),
    ("store", &["domain"]),
    ("provider", &["domain", "actor", "settings", "oauth"]),
    ("session", &["domain", "settings", "store"]),
    ("user", &["domain", "settings", "store", "session"]),
    ("vault", &["domain", "store"]),
    ("flow", &["domain", "actor", "settings", "oauth", "store", "provider", "session", "user", "vault"]),
    // The types that it translates; neither `oauth` nor `store`.
    ("http", &["domain", "actor", "settings", "session", "user", "vault", "flow", "provider"]),
    ("app", ALL),
    ("cli", &["app", "settings", "domain", "session"]),
    ("main", &["cli"]),
    ("lib", &["actor", "app", "settings"]),
];

/// Names, and the only modules that may use them. Common words, such as `fill`, are left to `.clippy.toml`.
const RESTRICTED_WORDS: &[(&[&str], &[&str])] = &[
    (&["sea_orm", "sea_orm_migration", "sqlx", "vouchsafe_entity", "vouchsafe_migration"], &["store"]),
    (&["awc"], &["oauth/http/mod.rs"]),
    (&["vouchsafe_simulator"], &["app"]),
    (&["SystemTime", "Instant", "now_utc", "now_local", "now_v7"], &["domain/clock.rs"]),
    (&["getrandom", "new_v4", "new_random", "new_random_sha256"], &["domain/random.rs"]),
];

/// Folders, and a module that each must not name.
const SEPARATE: &[(&str, &str)] = &[("http/nhost", "aufy"), ("http/aufy", "nhost")];

/// Every violation as one line. `files` are paths below `src/` and their text.
fn problems(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut sources = BTreeMap::new();
    let mut tests = Vec::new();
    for (path, text) in files {
        let (code, test_files) = without_tests(path, text);
        sources.insert(path.as_str(), code);
        tests.extend(test_files);
    }
    for (path, text) in files {
        let lines = text.lines().count();
        if lines > MAX_LINES {
            problems.push(format!("{path} has {lines} lines, {MAX_LINES} are enough"));
        }
        let module = path.trim_end_matches(".rs");
        if !tests.iter().any(|test| module == test || module.starts_with(&format!("{test}/"))) {
            let words = words(&sources[path.as_str()]);
            check_imports(path, &words, &mut problems);
            check_words(path, &words, &mut problems);
        }
    }
    problems
}

fn check_imports(path: &str, words: &[(usize, &str)], problems: &mut Vec<String>) {
    let module = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
        return problems.push(format!("{path} is in no listed module"));
    };
    for (line, called) in imports(path, words) {
        let is_module = IMPORTS.iter().any(|(name, _)| *name == called);
        if !is_module {
            problems.push(format!("{path}:{line} imports crate::{called}, which is no listed module"));
        } else if called != module && !allowed.contains(&called) {
            problems.push(format!("{path}:{line} imports {called}, but {module} may not"));
        }
    }
}

fn check_words(path: &str, words: &[(usize, &str)], problems: &mut Vec<String>) {
    let is_in = |place: &str| path == place || path.starts_with(&format!("{place}/"));
    for (line, word) in words {
        for (owned, places) in RESTRICTED_WORDS {
            if owned.contains(word) && !places.iter().any(|place| is_in(place)) {
                problems.push(format!("{path}:{line} uses {word}, which is restricted to {}", places.join(", ")));
            }
        }
        for (folder, other) in SEPARATE {
            if word == other && is_in(folder) {
                problems.push(format!("{path}:{line} uses {other}, which {folder} must not"));
            }
        }
    }
}

/// The first name after each `crate::`, and after each chain of `super::` that leaves the module.
fn imports<'a>(path: &str, words: &[(usize, &'a str)]) -> Vec<(usize, &'a str)> {
    let depth = modules(path).len();
    let mut imports = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (line, word) = words[at];
        at += 1;
        let is_start = at < 2 || words[at - 2].1 != "::";
        let is_crate = word == "crate" || (word == "vouchsafe" && path == "main.rs");
        let mut supers = usize::from(word == "super" && is_start);
        while supers > 0 && follow(words, at, "super") {
            supers += 1;
            at += 2;
        }
        let is_root = is_crate || (supers > 0 && supers >= depth);
        if !is_root || words.get(at).is_none_or(|(_, next)| *next != "::") {
            continue;
        }
        let found = first_names(&words[at + 1..]);
        // Inside a nested module `super` may mean the file itself: then only the name of a listed module counts.
        imports.extend(
            found
                .into_iter()
                .filter(|name| is_crate || IMPORTS.iter().any(|(module, _)| module == name))
                .map(|name| (line, name)),
        );
    }
    imports
}

fn follow(words: &[(usize, &str)], at: usize, name: &str) -> bool {
    matches!(words.get(at..at + 2), Some([(_, "::"), (_, next)]) if *next == name)
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c::{d, e}}`.
fn first_names<'a>(words: &[(usize, &'a str)]) -> Vec<&'a str> {
    let Some((_, "{")) = words.first() else {
        return words.first().map(|(_, name)| *name).into_iter().collect();
    };
    let (mut names, mut depth) = (Vec::new(), 0);
    for (index, (_, word)) in words.iter().enumerate() {
        match *word {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && name != "," && matches!(words[index - 1].1, "{" | ",") => names.push(name),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The modules that a file stands in, its own included.
fn modules(path: &str) -> Vec<&str> {
    let mut modules: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(modules.last(), Some(&("mod" | "lib" | "main"))) {
        modules.pop();
    }
    modules
}

/// Names, `::`, and the signs that group names, each with its line.
fn words(code: &str) -> Vec<(usize, &str)> {
    let is_name = |c: char| c == '_' || c.is_alphanumeric();
    let mut words = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = if is_name(first) {
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            let (word, after) = rest.split_at(length);
            if is_name(first) || matches!(word, "::" | "{" | "}" | "," | "*") {
                words.push((index + 1, word));
            }
            rest = after;
        }
    }
    words
}

/// The code without comments, texts and what stands under `#[cfg(test)]`; and the files of test modules.
fn without_tests(path: &str, text: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let mut code = without_texts(text);
    let mut files = Vec::new();
    while let Some(start) = code.find(MARK) {
        let end = start + item_length(&code[start..]);
        let item = &code[start + MARK.len()..end];
        if let Some((before, _)) = item.rsplit_once(';')
            && let Some((_, name)) = before.rsplit_once("mod ")
        {
            // The path attribute is a text, so it is read from where nothing was taken out.
            let elsewhere = text[start..end].split_once("#[path = \"").and_then(|(_, rest)| rest.split('"').next());
            files.push(test_file(path, name.trim(), elsewhere));
        }
        blank(&mut code, start..end);
    }
    (code, files)
}

/// The path of a test module, without `.rs`, so that it names its folder too.
fn test_file(path: &str, name: &str, elsewhere: Option<&str>) -> String {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let file = match elsewhere {
        Some(file) => folder.join(file.trim_end_matches("/mod.rs")),
        None => modules(path).iter().collect::<PathBuf>().join(name),
    };
    let file = file.with_extension("");
    file.to_string_lossy().into_owned()
}

/// The bytes from an attribute to the end of what it stands before.
fn item_length(code: &str) -> usize {
    let mut depth = 0;
    let is_import = code.split_once("use ").is_some_and(|(before, _)| !before.contains(['{', ';']));
    for (index, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                if depth == 0 && !is_import {
                    return index + 1;
                }
            }
            ';' if depth == 0 => return index + 1,
            _ => {}
        }
    }
    code.len()
}

fn blank(code: &mut String, range: Range<usize>) {
    let blanks: String = code[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    code.replace_range(range, &blanks);
}

/// The same number of bytes, with blanks for comments, texts and characters.
fn without_texts(text: &str) -> String {
    let mut code = text.to_owned();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let is_word_before = text[..at].ends_with(|c: char| c == '_' || c.is_alphanumeric());
        let raw = rest.strip_prefix('r').filter(|_| !is_word_before).map(|r| r.trim_start_matches('#'));
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(body) = raw.filter(|body| body.starts_with('"')) {
            let opening = rest.len() - body.len() + 1;
            let closing = format!("\"{}", "#".repeat(opening - 2));
            rest[opening..].find(&closing).map_or(rest.len(), |end| opening + end + closing.len())
        } else if rest.starts_with('"') {
            quoted_length(rest, '"')
        } else if rest.starts_with("'\\") || (rest.starts_with('\'') && rest.chars().nth(2) == Some('\'')) {
            quoted_length(rest, '\'')
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        blank(&mut code, at..at + length);
        at += length;
    }
    code
}

fn quoted_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            c if c == quote => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// Every Rust file below a folder, by its path from there.
fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn source_imports_follow_the_architecture() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = BTreeMap::new();
    read(&root, &root, &mut files);
    assert!(files.len() > 50, "only {} files were found", files.len());
    let problems = problems(&files);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn problems_of(path: &str, text: &str) -> Vec<String> {
    problems(&BTreeMap::from([(path.to_owned(), text.to_owned())]))
}

#[test]
fn import_against_the_direction_is_reported_in_every_form() {
    for text in [
        "use crate::store::Store;",
        "use crate::{domain::id::UserId, store::{Store, people}};",
        "use crate::{\n    domain::id,\n    store,\n};",
        "fn f() -> crate::store::Store { todo() }",
        "use super::super::store::Store;",
        "use super::super::{domain, store};",
        "const A: &str = \"\\\"\"; const B: char = '\"'; use crate::store;",
        "fn f<'a>(a: &'a str) {} use crate::store; // '",
        "const R: &str = r#\"\"#; use crate::store;",
        "#[cfg(test)] use x::{y}; use crate::store;",
        "#[cfg(test)] mod tests { fn f() {} } use crate::store;",
    ] {
        let problems = problems_of("oauth/keys.rs", text);
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].contains("imports store, but oauth may not"), "{text}: {problems:?}");
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
        assert_eq!(problems_of("oauth/keys.rs", text), Vec::<String>::new(), "{text}");
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
    assert_eq!(problems(&files), Vec::<String>::new());
    files.insert("oauth/testing_too.rs".to_owned(), "use crate::store;".to_owned());
    assert_eq!(problems(&files), ["oauth/testing_too.rs:1 imports store, but oauth may not"]);
}

#[test]
fn restricted_word_outside_its_module_is_reported() {
    for (path, text) in [
        ("user/repo.rs", "use sea_orm::Order;"),
        ("flow/work.rs", "let client = awc::Client::new();"),
        ("session/keys.rs", "let now = std::time::SystemTime::now();"),
        ("session/keys.rs", "let id = uuid::Uuid::new_v4();"),
        ("http/nhost/user.rs", "use super::super::aufy::Problem;"),
        ("http/aufy/mod.rs", "use crate::http::nhost;"),
        ("main.rs", "fn main() { vouchsafe::store::open() }"),
        ("app/mod.rs", "use crate::cli;"),
        ("flow/work.rs", "use crate::Everything;"),
        ("cellar/mod.rs", ""),
    ] {
        assert_eq!(problems_of(path, text).len(), 1, "{path}: {text}");
    }
    assert_eq!(problems_of("store/people.rs", "use sea_orm::Order;"), Vec::<String>::new());
}

#[test]
fn file_over_the_line_limit_is_reported() {
    assert_eq!(problems_of("domain/id.rs", &"\n".repeat(MAX_LINES)), Vec::<String>::new());
    assert_eq!(problems_of("domain/id.rs", &"\n".repeat(MAX_LINES + 1)).len(), 1);
}
