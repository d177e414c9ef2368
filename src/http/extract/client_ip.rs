//! Where a client is, as far as the proxies before us are trusted.

use std::net::IpAddr;

use actix_web::HttpRequest;
use ipnet::IpNet;

use crate::domain::audit::RequestOrigin;
use crate::http::state::HttpState;

/// Where a request comes from, for the audit trail.
#[must_use]
pub fn request_origin(http: &HttpState, request: &HttpRequest) -> RequestOrigin {
    RequestOrigin { client_ip: client_ip(http, request), flow: None }
}

/// The client's address.
#[must_use]
pub fn client_ip(http: &HttpState, request: &HttpRequest) -> Option<IpAddr> {
    let forwarded = request.headers().get_all("x-forwarded-for").filter_map(|line| line.to_str().ok());
    // Several lines are one list (RFC 9110 section 5.3).
    let forwarded: Vec<&str> = forwarded.collect();
    Some(resolve_client_ip(request.peer_addr()?.ip(), &forwarded.join(","), &http.trusted_proxies))
}

/// Each trusted proxy is resolve_client_ip about who spoke to it, and nobody else about anybody.
fn resolve_client_ip(peer: IpAddr, forwarded: &str, trusted: &[IpNet]) -> IpAddr {
    let mut address = peer.to_canonical();
    for before in forwarded.rsplit(',') {
        if !trusted.iter().any(|network| network.contains(&address)) {
            break;
        }
        match before.trim().parse::<IpAddr>() {
            Ok(before) => address = before.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_resolve_client_ip_and_only_about_its_own_peer() {
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
