//! Which hosts the HTTP client may call, whom it trusts and how long it waits.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use super::error::HttpError;
use crate::oauth::public_ip::is_public;

/// Which networks may be called. `http` without TLS is for the networks that are not public: private names get no
/// certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkAccess {
    /// The public internet, by `https`.
    Public,
    /// In addition this machine, also by `http`. For development mode.
    PublicAndLoopback,
    /// Every network, also by `http` (`upstream.allow_private_networks`).
    Any,
}

impl NetworkAccess {
    /// Whether a connection to `ip` is allowed.
    pub(super) fn allows_ip(self, ip: IpAddr) -> bool {
        match self {
            Self::Public => is_public(ip),
            Self::PublicAndLoopback => is_public(ip) || ip.is_loopback(),
            Self::Any => true,
        }
    }

    fn allows_http(self, host: &Host<&str>) -> bool {
        match self {
            Self::Public => false,
            Self::PublicAndLoopback => match host {
                Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
                Host::Ipv4(ip) => ip.is_loopback(),
                Host::Ipv6(ip) => ip.is_loopback(),
            },
            Self::Any => true,
        }
    }
}

/// Trusted roots, timeout and reachable networks. Shared by all workers.
#[derive(Clone, Debug)]
pub struct HttpPolicy {
    pub(super) tls: Arc<ClientConfig>,
    pub(super) timeout: Duration,
    pub(super) networks: NetworkAccess,
}

impl HttpPolicy {
    /// How long a call may take.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A policy that trusts the web's roots and those in `extra_roots_pem`. `timeout` is for a whole call.
    ///
    /// # Errors
    /// [`HttpError::InvalidRoots`] if the PEM text holds no certificate or a broken one.
    pub fn new(timeout: Duration, networks: NetworkAccess, extra_roots_pem: Option<&[u8]>) -> Result<Self, HttpError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(pem) = extra_roots_pem {
            let certificates = CertificateDer::pem_slice_iter(pem)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| HttpError::InvalidRoots)?;
            if certificates.is_empty() {
                return Err(HttpError::InvalidRoots);
            }
            for certificate in certificates {
                roots.add(certificate).map_err(|_| HttpError::InvalidRoots)?;
            }
        }
        // The crypto provider is named, so that a second one in the dependency tree cannot make this panic.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| HttpError::Tls("no protocol version"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: Arc::new(tls), timeout, networks })
    }

    /// The same rules with another time for a call.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    /// The same rules for other networks: for the operator's own URL, which no provider has chosen.
    #[cfg(feature = "cli")]
    #[must_use]
    pub fn with_networks(&self, networks: NetworkAccess) -> Self {
        Self { networks, ..self.clone() }
    }

    /// Checks scheme, credentials and a literal address. A host name is checked when it has been resolved.
    pub(super) fn check_url(&self, url: &Url) -> Result<(), HttpError> {
        let host = url.host().ok_or(HttpError::InvalidUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::InvalidUrl);
        }
        match url.scheme() {
            "https" => {}
            "http" if self.networks.allows_http(&host) => {}
            "http" => return Err(HttpError::InsecureUrl(url.origin().ascii_serialization())),
            _ => return Err(HttpError::InvalidUrl),
        }
        // The connector does not ask the resolver about a literal address.
        let ip: IpAddr = match host {
            Host::Domain(_) => return Ok(()),
            Host::Ipv4(ip) => ip.into(),
            Host::Ipv6(ip) => ip.into(),
        };
        if self.networks.allows_ip(ip) { Ok(()) } else { Err(HttpError::PrivateNetwork(host.to_string())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_with_one_other_rule_keeps_the_rest() {
        let policy = HttpPolicy::new(Duration::from_secs(3), NetworkAccess::Public, None).expect("a policy");
        let private = Url::parse("https://10.0.0.1/").expect("a URL");
        let slower = policy.with_timeout(Duration::from_secs(9));
        assert_eq!((policy.timeout().as_secs(), slower.timeout().as_secs()), (3, 9));
        assert!(policy.check_url(&private).is_err() && slower.check_url(&private).is_err());
        #[cfg(feature = "cli")]
        {
            let anywhere = policy.with_networks(NetworkAccess::Any);
            assert_eq!(anywhere.timeout().as_secs(), 3);
            assert_eq!(anywhere.check_url(&private), Ok(()));
        }
    }
}
