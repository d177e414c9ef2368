//! How much of a client's IP address is logged.

use std::net::IpAddr;

use ipnet::IpNet;

/// The networks to which addresses are truncated: what one customer of a network operator usually has is larger.
const PREFIX_V4: u8 = 24;
const PREFIX_V6: u8 = 48;

/// How much of a client's IP address is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAddressPolicy {
    /// The address.
    Full,
    /// Its network: the first 24 bits of IPv4, the first 48 of IPv6.
    Truncated,
    /// Nothing.
    Off,
}

impl ClientAddressPolicy {
    /// What is logged of an address.
    #[must_use]
    pub fn apply(self, ip: Option<IpAddr>) -> Option<String> {
        let ip = ip?.to_canonical();
        match self {
            Self::Full => Some(ip.to_string()),
            Self::Truncated => {
                let prefix = if ip.is_ipv4() { PREFIX_V4 } else { PREFIX_V6 };
                IpNet::new(ip, prefix).ok().map(|network| network.trunc().to_string())
            }
            Self::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_logged_as_far_as_the_policy_allows() {
        for (policy, ip, logged) in [
            (ClientAddressPolicy::Full, "198.51.100.7", Some("198.51.100.7")),
            (ClientAddressPolicy::Truncated, "198.51.100.7", Some("198.51.100.0/24")),
            (ClientAddressPolicy::Truncated, "::ffff:198.51.100.7", Some("198.51.100.0/24")),
            (ClientAddressPolicy::Truncated, "2001:db8:1:2:3::4", Some("2001:db8:1::/48")),
            (ClientAddressPolicy::Off, "198.51.100.7", None),
        ] {
            assert_eq!(policy.apply(ip.parse().ok()).as_deref(), logged, "{policy:?} {ip}");
        }
    }
}
