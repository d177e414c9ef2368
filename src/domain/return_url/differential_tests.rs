//! What we allow, read by other parsers: none may see another host, scheme or port than the one that was compared.
//!
//! The others are the C++ parser of browsers and Node (`ada`, WHATWG), a strict RFC 3986 parser (`fluent-uri`), the one of
//! HTTP clients (`http::Uri`), and the expected results of the Web Platform Tests, which come with the crate `url`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;

use super::*;
use crate::fuzz::fuzz;

/// Rules of every kind, and every web URL: so that what is tested is the reading, not the comparison.
fn all_web() -> AllowList {
    let rules = ["myapp://cb", "http://127.0.0.1:*"].map(str::to_owned);
    AllowList::new("https://app.example.com", &rules).expect("rules").with_check(Some(Arc::new(|_| true)))
}

fn listed() -> AllowList {
    let rules = [
        "https://*.preview.example.com",
        "myapp://cb",
        "http://127.0.0.1:*/in",
        "http://[::1]:*",
        "https://b.test:8443/in",
    ];
    AllowList::new("https://app.example.com/", &rules.map(str::to_owned)).expect("rules")
}

/// Scheme, host and port; `None` if the parser refuses the text, which sends the browser nowhere.
type Target = Option<(String, String, Option<u16>)>;

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "https" => Some(443),
        "http" => Some(80),
        _ => None,
    }
}

fn target(scheme: &str, host: &str, port: Option<u16>) -> Target {
    let scheme = scheme.to_ascii_lowercase();
    let port = port.or_else(|| default_port(&scheme));
    Some((scheme, host.to_ascii_lowercase(), port))
}

fn by_ada(text: &str) -> Target {
    let url = ada_url::Url::parse(text, None).ok()?;
    target(url.protocol().trim_end_matches(':'), url.hostname(), url.port().parse().ok())
}

fn by_fluent_uri(text: &str) -> Target {
    let url = fluent_uri::Uri::parse(text).ok()?;
    let authority = url.authority()?;
    target(url.scheme().as_str(), authority.host(), authority.port_to_u16().ok()?)
}

fn by_http(text: &str) -> Target {
    let url: http::Uri = text.parse().ok()?;
    target(url.scheme_str()?, url.host()?, url.port_u16())
}

/// Numbers and short forms as hosts: `0x7f.1` is 127.0.0.1 to browsers, and a name to RFC 3986.
fn without_number_forms(ours: &Target, theirs: Target) -> Target {
    let is_v4 = ours.as_ref().is_some_and(|(_, host, _)| host.parse::<std::net::Ipv4Addr>().is_ok());
    let is_v6 = ours.as_ref().is_some_and(|(_, host, _)| host.starts_with('['));
    theirs.filter(|(_, host, _)| {
        !(is_v4 && host.parse::<std::net::Ipv4Addr>().is_err() || is_v6 && host.starts_with('['))
    })
}

/// Whether the list allows the text; panics if another parser reads another target, of the text or of what is used of it.
fn assert_read_alike(list: &AllowList, text: &str) -> bool {
    let Ok(allowed) = list.check(text) else { return false };
    let ours = target(allowed.url.scheme(), allowed.url.host_str().expect("a host"), allowed.url.port());
    assert_eq!(list.check(allowed.as_str()), Ok(allowed.clone()), "what is used of {text:?} is allowed itself");
    for read in [text, allowed.as_str()] {
        assert_eq!(by_ada(read), ours, "ada, of {read:?}");
        for (name, theirs) in [("fluent-uri", by_fluent_uri(read)), ("http", by_http(read))] {
            // What is used is in the form that all know; of the text, they may refuse it or keep a number's form.
            let theirs = if read == text { without_number_forms(&ours, theirs) } else { theirs };
            assert!(theirs.is_none() || theirs == ours, "{name} reads {theirs:?} of {read:?}, not {ours:?}");
        }
    }
    true
}

/// The file of the crate `url`, as cargo unpacked it.
fn web_platform_tests() -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version=1", "--filter-platform=host-tuple"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let url = packages.iter().find(|package| package["name"] == "url").expect("the crate url");
    let file = PathBuf::from(url["manifest_path"].as_str().expect("a path")).with_file_name("tests/urltestdata.json");
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(file).expect("the file")).expect("JSON");
    rows.into_iter().filter(Value::is_object).collect()
}

#[test]
fn web_platform_urls_are_read_alike_or_refused() {
    let (list, rows) = (all_web(), web_platform_tests());
    assert!(rows.len() > 800, "{} rows", rows.len());
    let mut allowed = 0;
    for row in &rows {
        let input = row["input"].as_str().expect("a text");
        if !assert_read_alike(&list, input) {
            continue;
        }
        allowed += 1;
        assert_ne!(row["failure"], true, "{input:?} is refused by browsers");
        let hostname = row["hostname"].as_str().expect("a host").to_ascii_lowercase();
        let ours = list.check(input).expect("allowed");
        assert_eq!(ours.url.host_str(), Some(hostname.as_str()), "{input:?}");
    }
    println!("Web Platform Tests: {} URLs, {allowed} allowed and read alike, the others refused", rows.len());
    assert!(allowed > 50, "{allowed}");
}

const GOOD: [&str; 6] = [
    "https://app.example.com/x?y=1#z",
    "https://a-1.preview.example.com/",
    "myapp://cb/x",
    "http://127.0.0.1:50123/in",
    "http://[::1]:50123/",
    "https://b.test:8443/in",
];

/// What changes the meaning of a URL for some reader.
const PIECES: [&str; 58] = [
    "@",
    "@evil.test",
    "evil.test@",
    ":",
    "::",
    ":@",
    "/",
    "//",
    "\\",
    "\\@",
    "?",
    "#",
    "%",
    "%2f",
    "%2F",
    "%5c",
    "%40",
    "%00",
    "%23",
    "%3f",
    "%2e",
    "%0d%0a",
    ".",
    "..",
    "...",
    "*",
    ";",
    ",",
    "&",
    "=",
    "|",
    "^",
    "`",
    "{",
    "}",
    "<",
    ">",
    "[",
    "]",
    "[::1]",
    " ",
    "\t",
    "\n",
    "\r",
    "\0",
    "\u{7f}",
    "\u{ad}",
    "\u{200b}",
    "\u{2024}",
    "\u{3002}",
    "\u{ff0e}",
    "\u{ff0f}",
    "\u{ff20}",
    "\u{430}",
    "\u{2100}",
    "xn--",
    "0x7f.1",
    "evil.test",
];

#[test]
fn allowed_urls_with_one_piece_inserted_are_read_alike_or_refused() {
    let (listed, all) = (listed(), all_web());
    let (mut tried, mut allowed) = (0, 0);
    for good in GOOD {
        assert!(listed.check(good).is_ok(), "{good}");
        for at in 0..=good.len() {
            for piece in PIECES {
                let replaced = at..good.len().min(at + 1);
                let inserted = [&good[..at], piece, &good[at..]].concat();
                let changed = [&good[..replaced.start], piece, &good[replaced.end..]].concat();
                for text in [inserted, changed] {
                    tried += 1;
                    allowed += usize::from(assert_read_alike(&listed, &text));
                    assert_read_alike(&all, &text);
                }
            }
        }
    }
    println!("return URLs with one piece inserted or replaced: {tried}, of which {allowed} are allowed and read alike");
}

#[test]
fn fuzz_return_url() {
    let (listed, all) = (listed(), all_web());
    fuzz("return_url", &PIECES, |text| {
        let is_allowed = assert_read_alike(&listed, text);
        assert_read_alike(&all, text);
        // Scheme and host in capitals are another spelling of the same.
        let end = text
            .find("://")
            .map_or(0, |at| at + 3 + text[at + 3..].find(['/', '?', '#']).unwrap_or(text.len() - at - 3));
        let shouted = text[..end].to_ascii_uppercase() + &text[end..];
        assert_eq!(listed.check(&shouted), listed.check(text), "in capitals");
        is_allowed
    });
}
