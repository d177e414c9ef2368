//! The section `server`: where we listen, how browsers and providers reach us, and limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::Mode;
use super::reader::Section;
use super::reader::error::Problem;
use super::reader::url::AllowHttp;
use super::warnings::Risk;

const HOUR: Duration = Duration::from_secs(3_600);

/// Where we listen and how browsers and providers reach us.
#[derive(Clone, Debug)]
pub struct Server {
    /// `server.bind`: address and port to listen on.
    pub bind: SocketAddr,
    /// `server.public_url`: the URL by which browsers and providers reach us, never taken from a request. Without a
    /// trailing slash.
    pub public_url: Url,
    /// `server.workers`: threads that answer requests; 0 is one per core.
    pub workers: usize,
    /// `server.trusted_proxies`: the proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// `server.max_in_flight`: concurrent requests per worker; more get 503.
    pub max_in_flight: usize,
    /// `server.max_connections`: open connections of the whole process.
    pub max_connections: usize,
    /// `server.body_timeout`: from the head of a request to the last byte of its body.
    pub body_timeout: Duration,
    /// `server.shutdown_timeout`: from SIGTERM to the exit, at most.
    pub shutdown_timeout: Duration,
    /// `server.shutdown_delay`: the part of it in which new connections are accepted while `/healthz` fails.
    pub shutdown_delay: Duration,
}

impl Server {
    /// [`Self::public_url`] as text without a trailing slash, to which paths are appended.
    #[must_use]
    pub fn public_base(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// Whether browsers reach us by `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

pub(super) fn read(mut section: Section<'_>, mode: Mode) -> Option<Server> {
    let bind = section.parsed("bind", "an address and a port like 127.0.0.1:4000", |text| text.parse().ok());
    let bind = bind.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 4000)));
    if mode == Mode::Development && !bind.ip().is_loopback() {
        let problem = Problem::from("development mode listens on loopback only");
        section.error("bind", problem.suggest("use 127.0.0.1, or set mode = \"production\""));
    }
    if mode == Mode::Production {
        let problem = Problem::from("is required in production");
        section.require("public_url", problem.suggest("write how browsers reach us, such as https://auth.example.com"));
    }
    // In production a missing URL is an error already; the default is for development.
    let default = || Url::parse(&format!("http://{bind}")).ok();
    let public_url = public_url(&mut section, mode).or_else(default);
    let (shutdown_timeout, shutdown_delay) = shutdown(&mut section);
    let body_timeout = section.duration("body_timeout", Duration::from_millis(100)..=HOUR);
    Some(Server {
        bind,
        public_url: public_url?,
        workers: section.number("workers", 0..=1_024).unwrap_or(0),
        trusted_proxies: trusted_proxies(&mut section),
        max_in_flight: section.number("max_in_flight", 1..=1_000_000).unwrap_or(512),
        max_connections: section.number("max_connections", 1..=10_000_000).unwrap_or(25_000),
        body_timeout: body_timeout.unwrap_or(Duration::from_secs(10)),
        shutdown_timeout,
        shutdown_delay,
    })
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

fn trusted_proxies(section: &mut Section<'_>) -> Vec<IpNet> {
    let is_network = |text: &str| network(text).is_some();
    let proxies = section.checked_list("trusted_proxies", "a network like 10.0.0.0/8 or an address", is_network);
    let proxies: Vec<_> = proxies.unwrap_or_default().iter().filter_map(|text| network(text)).collect();
    if proxies.iter().any(|network| network.prefix_len() == 0) {
        section.warn("trusted_proxies", Risk::EveryProxyTrusted);
    }
    proxies
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// `shutdown_timeout` and `shutdown_delay`.
fn shutdown(section: &mut Section<'_>) -> (Duration, Duration) {
    let timeout = section.duration("shutdown_timeout", Duration::ZERO..=HOUR).unwrap_or(Duration::from_secs(30));
    let delay = section.duration("shutdown_delay", Duration::ZERO..=HOUR);
    if delay.is_some_and(|delay| delay > timeout) {
        section.error("shutdown_delay", "is longer than server.shutdown_timeout, of which it is a part");
    }
    (timeout, delay.unwrap_or(Duration::from_secs(5)).min(timeout))
}
