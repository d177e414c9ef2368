//! Host names become addresses here, and only addresses that we may connect to come out.
//!
//! The check stands between the look-up and the connection, and the connection goes to the very addresses
//! that were checked: a name that answers differently the next moment gains nothing. Calls only
//! [`crate::oauth::public_ip`].

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use actix_tls::connect::Resolve;
use futures_util::future::LocalBoxFuture;

use crate::oauth::public_ip::is_public;

/// A resolver for the HTTP client's connector.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedResolver {
    pub(super) allow_private_networks: bool,
}

/// A host name stands for an address that is not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host is in a private network")]
pub(super) struct PrivateIp;

impl GuardedResolver {
    /// All of `addresses`, or none: a name with one private address is not a provider's.
    fn check(self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, PrivateIp> {
        match self.allow_private_networks || addresses.iter().all(|address| is_public(address.ip())) {
            true => Ok(addresses),
            false => Err(PrivateIp),
        }
    }
}

impl Resolve for GuardedResolver {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> LocalBoxFuture<'a, Result<Vec<SocketAddr>, Box<dyn std::error::Error>>> {
        Box::pin(async move {
            // An IPv6 literal arrives in its brackets, which no resolver of names understands.
            let literal: Option<IpAddr> =
                host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|host| host.parse().ok());
            let addresses = if let Some(address) = literal {
                vec![SocketAddr::new(address, port)]
            } else {
                let host = host.to_owned();
                actix_rt::task::spawn_blocking(move || (host.as_str(), port).to_socket_addrs().map(Vec::from_iter))
                    .await??
            };
            Ok(self.check(addresses)?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESTRICTED: GuardedResolver = GuardedResolver { allow_private_networks: false };
    const PERMISSIVE: GuardedResolver = GuardedResolver { allow_private_networks: true };

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn one_private_address_spoils_a_name() {
        let mixed = addresses(&["8.8.8.8:443", "10.0.0.1:443"]);
        assert_eq!(RESTRICTED.check(mixed.clone()), Err(PrivateIp));
        assert_eq!(PERMISSIVE.check(mixed.clone()), Ok(mixed));
        let public = addresses(&["8.8.8.8:443", "[2600::1]:443"]);
        assert_eq!(RESTRICTED.check(public.clone()), Ok(public));
    }

    #[actix_web::test]
    async fn a_name_for_this_machine_is_refused_unless_private_networks_are_allowed() {
        for host in ["localhost", "[::1]", "[fe80::1]"] {
            let refusal = RESTRICTED.lookup(host, 443).await.unwrap_err();
            assert!(refusal.is::<PrivateIp>(), "{host}");
        }
        assert_eq!(PERMISSIVE.lookup("[::1]", 9).await.unwrap(), addresses(&["[::1]:9"]));
        assert!(PERMISSIVE.lookup("localhost", 9).await.unwrap().iter().all(|address| address.port() == 9));
    }
}
