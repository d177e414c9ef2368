//! The client's IP address, as far as trusted proxies vouch for it.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use super::Rejection;
use super::rejection::http_state;
use crate::domain::audit::RequestOrigin;

/// The client's IP address; `None` if the connection has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientIp(pub Option<IpAddr>);

impl ClientIp {
    /// Reads `X-Forwarded-For` if the peer is a trusted proxy.
    ///
    /// # Errors
    /// [`Rejection::Internal`]
    pub fn of(request: &HttpRequest) -> Result<Self, Rejection> {
        let http = http_state(request)?;
        let lines = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
        // Several header lines are one list (RFC 9110 section 5.3).
        let forwarded = lines.collect::<Vec<_>>().join(",");
        let peer = request.peer_addr().map(|peer| peer.ip());
        Ok(Self(peer.map(|peer| resolve_client_ip(peer, &forwarded, &http.trusted_proxies))))
    }
}

impl FromRequest for ClientIp {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request).map_err(|rejection| rejection.into_error(request)))
    }
}

/// For the audit trail: where the request came from. The flow is not known yet.
impl FromRequest for RequestOrigin {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let origin = ClientIp::of(request).map(|ip| Self::new(ip.0, None));
        ready(origin.map_err(|rejection| rejection.into_error(request)))
    }
}

/// Walks `X-Forwarded-For` from the right: an entry counts if the hop that added it is a trusted proxy.
fn resolve_client_ip(peer: IpAddr, forwarded: &str, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    for previous in forwarded.rsplit(',') {
        if !trusted.iter().any(|network| network.contains(&client)) {
            break;
        }
        match previous.trim().parse::<IpAddr>() {
            Ok(previous) => client = previous.to_canonical(),
            Err(_) => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_address_counts_only_from_a_trusted_proxy() {
        let trusted: Vec<IpNet> =
            ["10.0.0.0/8", "::1/128"].iter().map(|text| text.parse().expect("a network")).collect();
        for (peer, forwarded, expected) in [
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "192.0.2.66, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
            ("::1", "2001:db8::7", "2001:db8::7"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"),
            ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ] {
            let found = resolve_client_ip(peer.parse().expect("an address"), forwarded, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded}");
        }
    }
}
