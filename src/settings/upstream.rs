//! The section `upstream`: how providers are called.

use std::time::Duration;

use super::Mode;
use super::reader::Section;
use super::reader::url::AllowHttp;
use super::warnings::Risk;

/// Calls to providers.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The content of `upstream.ca_file`: PEM certificates, trusted in addition to the public roots.
    pub extra_roots: Option<Vec<u8>>,
    /// `upstream.allow_private_networks`
    pub allow_private_networks: bool,
    /// `upstream.timeout`: of one call, from connecting to the last byte.
    pub timeout: Duration,
}

impl Upstream {
    /// Which provider URLs may be plain http, in accordance with what the HTTP client will call.
    pub(super) fn allow_http(&self, mode: Mode) -> AllowHttp {
        match mode {
            _ if self.allow_private_networks => AllowHttp::Anywhere,
            Mode::Development => AllowHttp::OnLoopback,
            Mode::Production => AllowHttp::Never,
        }
    }
}

pub(super) fn read(mut section: Section<'_>, mode: Mode) -> Upstream {
    let extra_roots = section.file("ca_file");
    let marker = b"-----BEGIN CERTIFICATE-----";
    if extra_roots.as_ref().is_some_and(|pem| !pem.windows(marker.len()).any(|window| window == marker)) {
        section.error("ca_file", "the file holds no certificate in PEM");
    }
    let allow_private_networks = section.boolean("allow_private_networks").unwrap_or(false);
    if allow_private_networks && mode == Mode::Production {
        section.warn("allow_private_networks", Risk::PrivateNetworksAllowed);
    }
    let timeout = section.duration("timeout", Duration::from_millis(1)..=Duration::from_secs(60));
    Upstream { extra_roots, allow_private_networks, timeout: timeout.unwrap_or(Duration::from_secs(10)) }
}
