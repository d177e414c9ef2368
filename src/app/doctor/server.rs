//! The public URL and the proxy in front of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde_json::Value;
use url::{Host, Url};

use super::catalogue::Check;
use super::finding::Finding;
use crate::oauth::http::{HttpClient, HttpError, HttpPolicy, NetworkAccess, ProbeAnswer};
use crate::session::keys::SigningKeys;
use crate::settings::{Mode, Settings};

const SUBJECT: &str = "server.public_url";

/// What can be said without calling anything.
pub(super) fn examine(settings: &Settings) -> Vec<Finding> {
    let server = &settings.server;
    let is_local = is_loopback(&server.public_url);
    let mut found = Vec::new();
    if settings.mode == Mode::Development && !is_local {
        let message = format!("development mode, and server.public_url is {}", server.public_url);
        found.push(Finding::new(Check::DevelopmentMode, "mode", message));
    }
    // The service itself speaks plain http only.
    if server.is_https() && server.trusted_proxies.is_empty() {
        let message = "it is empty, and https ends at a proxy";
        found.push(Finding::new(Check::ProxyNotTrusted, "server.trusted_proxies", message));
    } else if server.is_https() && server.bind.ip().is_loopback() {
        let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        if !own.iter().any(|ip| server.trusted_proxies.iter().any(|network| network.contains(ip))) {
            let message = format!("no entry contains a loopback address, and server.bind is {}", server.bind);
            found.push(Finding::new(Check::ProxyNotOnThisMachine, "server.trusted_proxies", message));
        }
    }
    let port = server.public_url.port_or_known_default();
    if is_local && !server.is_https() && server.bind.port() != 0 && port != Some(server.bind.port()) {
        let message = format!("its port is not {}, the one of server.bind", server.bind.port());
        found.push(Finding::new(Check::PublicUrlPort, SUBJECT, message));
    }
    found
}

/// What is found at the public URL. Returns whether anything answered there.
pub(super) async fn probe(settings: &Settings, policy: &HttpPolicy) -> (Vec<Finding>, bool) {
    // The operator's own URLs may be on any network.
    let http = HttpClient::new(&policy.with_networks(NetworkAccess::Any), Arc::default());
    let Some(url) = keys_url(&settings.server.public_base()) else { return (Vec::new(), false) };
    let public = Seen::at(&http, &url, settings).await;
    let is_reached = !matches!(public, Seen::Nothing(_));
    let finding = match public {
        Seen::OurKeys(keys) => Finding::new(Check::PublicUrlReached, SUBJECT, format!("{url} {keys}")),
        Seen::OtherKeys => Finding::new(Check::PublicUrlOtherKeys, SUBJECT, format!("{url} publishes other keys")),
        Seen::Redirect(target) => {
            Finding::new(Check::PublicUrlRedirects, SUBJECT, format!("{url} is redirected to {target}"))
        }
        Seen::Tls(why) => Finding::new(Check::PublicUrlTls, SUBJECT, format!("{url}: {why}")),
        // Before the service has started, a proxy answers 502 and nothing can be said.
        Seen::Nothing(_) | Seen::Foreign(500..) if !is_running(&http, settings).await => {
            let message = format!("nothing answers at {}", settings.server.bind);
            Finding::new(Check::ServiceNotRunning, "server.bind", message)
        }
        Seen::Nothing(why) => {
            Finding::new(Check::PublicUrlUnreachable, SUBJECT, format!("{url}: {}", of_this_service(&why)))
        }
        Seen::Foreign(status) => {
            let message = format!("{url} answers with status {status} and publishes no keys of ours");
            Finding::new(Check::PublicUrlForeign, SUBJECT, message)
        }
    };
    (vec![finding], is_reached)
}

/// The error in words that are not about a provider.
fn of_this_service(error: &HttpError) -> String {
    error.to_string().replace("the provider's", "its").replace("to the provider", "").replace("the provider", "it")
}

/// What is at a URL where our public keys should be.
enum Seen {
    OurKeys(&'static str),
    OtherKeys,
    Foreign(u16),
    Redirect(String),
    Tls(&'static str),
    Nothing(HttpError),
}

impl Seen {
    async fn at(http: &HttpClient, url: &Url, settings: &Settings) -> Self {
        let answer = match http.probe_url(url).await {
            Ok(answer) => answer,
            Err(HttpError::Tls(why)) => return Self::Tls(why),
            Err(error) => return Self::Nothing(error),
        };
        match answer {
            ProbeAnswer { status: 300..=399, location: Some(target), .. } => Self::Redirect(target),
            ProbeAnswer { status: 200, body, .. } => match published(&body) {
                Some(keys) => Self::compare(&keys, settings),
                None => Self::Foreign(200),
            },
            ProbeAnswer { status, .. } => Self::Foreign(status),
        }
    }

    /// The key that signs must be among the published ones. A shared secret is never published.
    fn compare(published: &[Value], settings: &Settings) -> Self {
        let ours =
            SigningKeys::new(&settings.keys.jwt).ok().and_then(|keys| serde_json::to_value(keys.public_jwks()).ok());
        let first = ours.as_ref().and_then(|keys| keys["keys"].get(0));
        match first {
            None => Self::OurKeys("answers; keys that are shared or not yet generated cannot be compared"),
            Some(key) if published.contains(key) => Self::OurKeys("publishes our keys"),
            Some(_) => Self::OtherKeys,
        }
    }
}

/// The keys of a key set.
fn published(body: &[u8]) -> Option<Vec<Value>> {
    let document: Value = serde_json::from_slice(body).ok()?;
    document.get("keys")?.as_array().cloned()
}

/// Whether the service answers at the address that it listens on. `true` if that is not known.
async fn is_running(http: &HttpClient, settings: &Settings) -> bool {
    let mut bind = settings.server.bind;
    if bind.port() == 0 {
        return true;
    }
    if bind.ip().is_unspecified() {
        bind.set_ip(if bind.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
    }
    match keys_url(&format!("http://{bind}")) {
        Some(url) => http.probe_url(&url).await.is_ok(),
        None => true,
    }
}

fn keys_url(base: &str) -> Option<Url> {
    Url::parse(&format!("{base}/.well-known/jwks.json")).ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
