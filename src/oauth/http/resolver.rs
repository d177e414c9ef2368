//! Resolves host names and returns only addresses that may be connected to.
//!
//! The check is between look-up and connection, and the connection goes to the checked addresses: a name that resolves
//! differently a moment later (DNS rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use actix_tls::connect::Resolve;
use futures_util::future::LocalBoxFuture;

use super::policy::NetworkAccess;

/// A resolver for the HTTP client's connector.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedResolver {
    pub(super) networks: NetworkAccess,
}

/// A host name resolves to an address that may not be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host is in a private network")]
pub(super) struct PrivateIp;

impl GuardedResolver {
    /// All of `addresses`, or none: a name with one private address does not belong to a provider.
    fn check(self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, PrivateIp> {
        match addresses.iter().all(|address| self.networks.allows_ip(address.ip())) {
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
            // An IPv6 literal arrives in brackets, which no name resolver understands.
            let literal: Option<IpAddr> =
                host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).and_then(|host| host.parse().ok());
            let addresses = if let Some(ip) = literal {
                vec![SocketAddr::new(ip, port)]
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

    const PUBLIC: GuardedResolver = GuardedResolver { networks: NetworkAccess::Public };
    const WITH_LOOPBACK: GuardedResolver = GuardedResolver { networks: NetworkAccess::PublicAndLoopback };
    const ANY: GuardedResolver = GuardedResolver { networks: NetworkAccess::Any };

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn name_with_one_private_address_is_refused() {
        let mixed = addresses(&["8.8.8.8:443", "10.0.0.1:443"]);
        assert_eq!(PUBLIC.check(mixed.clone()), Err(PrivateIp));
        assert_eq!(WITH_LOOPBACK.check(mixed.clone()), Err(PrivateIp));
        assert_eq!(ANY.check(mixed.clone()), Ok(mixed));
        let public = addresses(&["8.8.8.8:443", "[2600::1]:443"]);
        assert_eq!(PUBLIC.check(public.clone()), Ok(public));
    }

    #[actix_web::test]
    async fn name_of_this_machine_is_refused_unless_allowed() {
        for host in ["localhost", "[::1]", "[fe80::1]"] {
            let refusal = PUBLIC.lookup(host, 443).await.unwrap_err();
            assert!(refusal.is::<PrivateIp>(), "{host}");
        }
        for allowed in [WITH_LOOPBACK, ANY] {
            assert_eq!(allowed.lookup("[::1]", 9).await.unwrap(), addresses(&["[::1]:9"]));
            assert!(allowed.lookup("localhost", 9).await.unwrap().iter().all(|address| address.port() == 9));
        }
        assert!(WITH_LOOPBACK.lookup("[fe80::1]", 9).await.is_err());
    }
}
