//! The section `client`: where a browser may be sent back to, and whose pages may call us.

use std::slice;

use url::Url;

use super::Mode;
use super::reader::Section;
use super::reader::error::Problem;
use super::reader::url::is_loopback;
use crate::domain::origin::{CorsOrigins, CsrfOrigins, Origin};
use crate::domain::return_url::AllowList;

/// A valid default, with which each rule is checked alone.
const PLACEHOLDER: &str = "https://app.example.com";

/// Which pages may receive users and call us.
#[derive(Clone, Debug)]
pub struct Client {
    /// `client.url` and `client.allowed_redirect_urls`: where a browser may be sent back to.
    pub return_urls: AllowList,
    /// `client.allowed_origins`: whose pages may read answers to requests with credentials.
    pub cors_origins: CorsOrigins,
    /// `client.allowed_origins` and our own origin: whose pages may change something by cookie.
    pub csrf_origins: CsrfOrigins,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode, public_url: Option<&Url>) -> Option<Client> {
    let return_urls = return_urls(&mut section, mode, public_url);
    let allowed = section.checked_list("allowed_origins", "an origin like https://app.example.com", |text| {
        text.parse::<Origin>().is_ok()
    });
    let return_urls = return_urls?;
    let allowed: Vec<_> = match allowed {
        Some(allowed) => allowed.iter().filter_map(|text| text.parse().ok()).collect(),
        None => return_urls.origins().collect(),
    };
    let own = public_url.and_then(Origin::of);
    let any_loopback = mode == Mode::Development;
    let cors_origins = CorsOrigins::new(allowed.iter().cloned(), any_loopback);
    let csrf_origins = CsrfOrigins::new(allowed.into_iter().chain(own), any_loopback);
    Some(Client { return_urls, cors_origins, csrf_origins })
}

fn return_urls(section: &mut Section<'_>, mode: Mode, public_url: Option<&Url>) -> Option<AllowList> {
    if mode == Mode::Production {
        let problem = Problem::from("is required in production");
        section.require("url", problem.suggest("write where browsers return to if a sign-in names no URL"));
    }
    let origin = public_url.filter(|_| mode == Mode::Development).map(|url| url.origin().ascii_serialization());
    let url = section.text("url").or_else(|| origin.map(|origin| format!("{origin}/")));
    let rules = section.list("allowed_redirect_urls").unwrap_or_default();
    let url_key = url.iter().map(|url| ("url".to_owned(), url));
    let rule_keys = rules.iter().enumerate().map(|(n, rule)| (format!("allowed_redirect_urls[{n}]"), rule));
    for (key, rule) in url_key.chain(rule_keys) {
        // `AllowList` stops at its first invalid rule, so each is checked alone. The default may hold no `*`.
        let alone = match key.as_str() {
            "url" => AllowList::new(rule, &[]),
            _ => AllowList::new(PLACEHOLDER, slice::from_ref(rule)),
        };
        if let Err((_, error)) = alone {
            section.error(&key, error.to_string());
        } else if mode == Mode::Production && is_plain_http(rule) {
            let problem = Problem::from("carries tokens over plain http in production");
            section.error(&key, problem.suggest("use https; http is for hosts of this machine"));
        }
    }
    AllowList::new(&url?, &rules).ok()
}

/// Whether the rule sends browsers over http to another machine.
fn is_plain_http(rule: &str) -> bool {
    let url = Url::parse(&rule.replace('*', "x"));
    url.is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}
