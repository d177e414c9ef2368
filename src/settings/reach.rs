//! How the world reaches us and where we send browsers: the sections `server`, `client` and `nhost`.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::slice;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::error::Problem;
use super::model::{Client, Mode, Nhost, Server};
use super::reader::Section;
use super::urls::{self, AllowHttp};
use crate::domain::origin::{CorsOrigins, CsrfOrigins, Origin};
use crate::domain::return_url::AllowList;

pub(super) fn server(mut section: Section<'_>, mode: Mode) -> Option<Server> {
    let bind = section.parsed("bind", "an address and a port like 127.0.0.1:4000", |text| text.parse().ok());
    let bind = bind.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)));
    if mode == Mode::Development && !bind.ip().is_loopback() {
        let problem = Problem::from("development mode listens on loopback only");
        section.error("bind", problem.suggest("use 127.0.0.1, or set mode = \"production\""));
    }
    if mode == Mode::Production {
        section.require(
            "public_url",
            Problem::from("is required in production")
                .suggest("write how browsers reach us, such as https://auth.example.com"),
        );
    }
    // In production a missing one is an error already, so that this default is for development.
    let default = || Url::parse(&format!("http://{bind}")).ok();
    let public_url = public_url(&mut section, mode).or_else(default);
    let workers = section.number("workers", 0..=1_024).unwrap_or(0);
    let max_in_flight = section.number("max_in_flight", 1..=1_000_000).unwrap_or(512);
    let proxies = section
        .checked_list("trusted_proxies", "a network like 10.0.0.0/8 or an address", |text| network(text).is_some());
    let trusted_proxies = proxies.unwrap_or_default().iter().filter_map(|text| network(text)).collect();
    let (shutdown_timeout, shutdown_delay) = leave(&mut section);
    let body_timeout = section.duration("body_timeout", Duration::from_millis(100)..=Duration::from_secs(3_600));
    Some(Server {
        bind,
        public_url: public_url?,
        workers,
        trusted_proxies,
        max_in_flight,
        shutdown_timeout,
        shutdown_delay,
        max_connections: section.number("max_connections", 1..=10_000_000).unwrap_or(25_000),
        body_timeout: body_timeout.unwrap_or(Duration::from_secs(10)),
    })
}

/// How the process takes its leave: within what time, and how long it says so before.
fn leave(section: &mut Section<'_>) -> (Duration, Duration) {
    let most = Duration::from_secs(3_600);
    let shutdown_timeout =
        section.duration("shutdown_timeout", Duration::ZERO..=most).unwrap_or(Duration::from_secs(30));
    let shutdown_delay = section.duration("shutdown_delay", Duration::ZERO..=most);
    if shutdown_delay.is_some_and(|shutdown_delay| shutdown_delay > shutdown_timeout) {
        section.error("shutdown_delay", "is longer than server.shutdown_timeout, which it is a part of");
    }
    (shutdown_timeout, shutdown_delay.unwrap_or(Duration::from_secs(5)).min(shutdown_timeout))
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn public_url(section: &mut Section<'_>, mode: Mode) -> Option<Url> {
    let mut url = section.url("public_url", AllowHttp::Anywhere)?;
    if url.query().is_some() {
        section.error("public_url", "has a query");
    }
    if mode == Mode::Production && url.scheme() != "https" {
        section.error("public_url", "must be https in production");
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Some(url)
}

pub(super) fn client(mut section: Section<'_>, mode: Mode, public_url: Option<&Url>) -> Option<Client> {
    if mode == Mode::Production {
        section.require(
            "url",
            Problem::from("is required in production").suggest("write where browsers go when they name no place"),
        );
    }
    let origin = public_url.filter(|_| mode == Mode::Development).map(|url| url.origin().ascii_serialization());
    let url = section.text("url").or_else(|| origin.map(|origin| format!("{origin}/")));
    let rules = section.list("allowed_redirect_urls").unwrap_or_default();
    let url_key = url.iter().map(|url| ("url".to_owned(), url));
    let rule_keys = rules.iter().enumerate().map(|(n, rule)| (format!("allowed_redirect_urls[{n}]"), rule));
    for (key, rule) in url_key.chain(rule_keys) {
        // The list stops at its first bad rule, so that each is tried alone; only the default may hold no `*`.
        let is_default = key == "url";
        let alone =
            if is_default { AllowList::new(rule, &[]) } else { AllowList::new(STAND_IN, slice::from_ref(rule)) };
        if let Err((_, why)) = alone {
            section.error(&key, why.to_string());
        } else if mode == Mode::Production && is_readable_on_the_way(rule) {
            let problem = Problem::from("carries tokens over plain http in production");
            section.error(&key, problem.suggest("use https; http is for hosts of this machine"));
        }
    }
    let allowed = section.checked_list("allowed_origins", "an origin like https://app.example.com", |text| {
        text.parse::<Origin>().is_ok()
    });
    let return_urls = AllowList::new(&url?, &rules).ok()?;
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

/// A default that is beyond doubt, for trying rules.
const STAND_IN: &str = "https://app.example.com";

fn is_readable_on_the_way(rule: &str) -> bool {
    let url = Url::parse(&rule.replace('*', "x"));
    url.is_ok_and(|url| url.scheme() == "http" && !urls::is_loopback(&url))
}

pub(super) fn nhost(mut section: Section<'_>) -> Nhost {
    let is_path = |path: &str| path.is_empty() || path.starts_with('/') && (path == "/" || !path.ends_with('/'));
    let paths = section.checked_list("paths", "\"\" or a path like \"/v1\", without a slash at its end", is_path);
    let paths = paths.map_or_else(
        || vec![String::new(), "/v1".to_owned()],
        |paths| paths.into_iter().map(|path| if path == "/" { String::new() } else { path }).collect(),
    );
    if paths.is_empty() {
        section.error("paths", "needs at least one path");
    }
    let mut seen = HashSet::new();
    for (position, _) in paths.iter().enumerate().filter(|(_, path)| !seen.insert(*path)) {
        section.error(&format!("paths[{position}]"), "stands there twice");
    }
    Nhost { paths, conceal_errors: section.truth("conceal_errors").unwrap_or(false) }
}
