//! `docs/authorization.md`: the proof that each route needs, held against the routes that the source registers and
//! against the routes that [`super::routes`] walks. `UPDATE_TABLE=1 cargo test --test it route_table` writes it.

use std::collections::BTreeSet;
use std::path::Path;

use super::routes::{self, Needs};

const BEGIN: &str = "<!-- the table: written by a test -->\n";
const END: &str = "<!-- the end of the table -->\n";

const NOTHING: &str = "nothing";
const FLOW: &str = "the flow's cookie and `state`";
const LIVE: &str = "`LiveSession`";
const FRESH: &str = "`FreshSession`";
const REFRESH_TOKEN: &str = "a refresh token";
const TICKET: &str = "the hand-over cookie";

pub type Row = (&'static str, &'static str, &'static str);

pub const NHOST: [Row; 24] = [
    ("GET", "/signin", NOTHING),
    ("GET", "/signin/provider/{provider}", "nothing; with `connect=`: `FreshSession`"),
    ("GET", "/signup/provider/{provider}", NOTHING),
    ("GET", "/signin/provider/{provider}/callback", FLOW),
    ("POST", "/signin/provider/{provider}/callback", FLOW),
    ("GET", "/signin/provider/{provider}/callback/tokens", LIVE),
    ("POST", "/signin/idtoken", "an id_token"),
    ("POST", "/signup/idtoken", "an id_token"),
    ("POST", "/link/idtoken", "`FreshSession` and an id_token"),
    ("POST", "/link/provider/{provider}", FRESH),
    ("GET", "/link/confirm", "the link's cookie and `FreshSession`"),
    ("POST", "/link/confirm", "the link's cookie, the form's token and `FreshSession`"),
    ("GET", "/providers", NOTHING),
    ("POST", "/token/provider/{provider}", "`LiveSession` and the provider's refresh token"),
    ("POST", "/token", REFRESH_TOKEN),
    ("POST", "/token/exchange", "a one-time code and its verifier"),
    ("POST", "/token/verify", "an access token; as bearer: `LiveSession`"),
    ("POST", "/signout", "a refresh token; with `all`: `LiveSession`"),
    ("GET", "/user", LIVE),
    ("GET", "/user/providers", LIVE),
    ("DELETE", "/user/providers/{provider}", FRESH),
    ("GET", "/user/providers/{provider}/token", LIVE),
    ("GET", "/user/sessions", LIVE),
    ("DELETE", "/user/sessions/{id}", LIVE),
];

pub const AUFY: [Row; 13] = [
    ("GET", "/signin", NOTHING),
    ("GET", "/external/providers", NOTHING),
    ("GET", "/external/challenge/{provider}", NOTHING),
    ("GET", "/external/callback/{provider}", FLOW),
    ("POST", "/external/callback/{provider}", FLOW),
    ("POST", "/signin/external", TICKET),
    ("POST", "/signup/external", TICKET),
    ("POST", "/signin/refresh", REFRESH_TOKEN),
    ("POST", "/token/refresh", REFRESH_TOKEN),
    ("POST", "/signout", "a refresh token, or the access token of the session"),
    ("GET", "/whoami", LIVE),
    ("POST", "/link/external", "the hand-over cookie and `FreshSession`"),
    ("GET", "/info", LIVE),
];

pub const BACKENDS: [Row; 1] = [(
    "POST",
    "/oauth/token",
    "a client's credential, and the access token of a `LiveSession`; with `offline`: the id of a user",
)];

/// The routes that a module registers, as method and path.
pub fn registered(module: &str) -> BTreeSet<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http").join(module).join("mod.rs");
    let source = std::fs::read_to_string(path).expect("the module");
    let mut found = BTreeSet::new();
    for resource in source.split(".pick(").skip(1) {
        let (_, path) = resource.split_once('"').expect("a path");
        let (path, rest) = path.split_once('"').expect("the end of the path");
        for method in ["get", "post", "delete", "put", "patch"] {
            if rest.contains(&format!("web::{method}()")) {
                found.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    found
}

fn listed(rows: &[Row]) -> BTreeSet<(String, String)> {
    rows.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect()
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(path).all(|(part, given)| part.starts_with('{') || *part == given)
}

/// The rows that need a session agree with the routes that are walked with every kind of access token.
fn check_walked(rows: &[Row], walked: &[routes::Route], prefixes: &[&str]) {
    let mut seen = BTreeSet::new();
    for (method, path, needs) in walked {
        let path = prefixes.iter().find_map(|prefix| path.strip_prefix(prefix)).expect("a known prefix");
        let row = rows.iter().find(|(other, template, _)| other == method && matches(template, path));
        let (_, template, proof) = row.unwrap_or_else(|| panic!("{method} {path} is not in the table"));
        let expected = if *needs == Needs::Fresh { FRESH } else { LIVE };
        assert!(proof.contains(expected), "{method} {path}: {proof}");
        seen.insert((*method, *template));
    }
    let with_session = rows.iter().filter(|(_, _, proof)| proof.starts_with(LIVE) || proof.starts_with(FRESH));
    for (method, template, _) in with_session {
        assert!(seen.contains(&(*method, *template)), "{method} {template} is not walked");
    }
}

fn markdown(rows: &[Row]) -> String {
    let rows = rows.iter().map(|(method, path, proof)| format!("| `{method} {path}` | {proof} |\n"));
    ["| Route | Needs |\n|---|---|\n".to_owned()].into_iter().chain(rows).collect()
}

#[test]
fn every_route_is_in_the_table_with_the_session_it_needs() {
    assert_eq!(listed(&NHOST), registered("nhost"));
    assert_eq!(listed(&AUFY), registered("aufy"));
    assert_eq!(listed(&BACKENDS), registered("oauth"));
    check_walked(&NHOST, &routes::NHOST, &[""]);
    check_walked(&AUFY, &routes::AUFY, &["/api/auth", "/api/account"]);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/authorization.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (_, after) = rest.split_once(END).expect("the mark after the table");
    let (nhost, aufy, backends) = (markdown(&NHOST), markdown(&AUFY), markdown(&BACKENDS));
    let tables = format!("### Nhost\n\n{nhost}\n### Aufy\n\n{aufy}\n### Backends\n\n{backends}");
    let written = format!("{before}{BEGIN}{tables}{END}{after}");
    if std::env::var_os("UPDATE_TABLE").is_some() {
        std::fs::write(&path, &written).expect("written");
    } else {
        assert!(page == written, "the table is out of date; UPDATE_TABLE=1 cargo test --test it route_table writes it");
    }
}
