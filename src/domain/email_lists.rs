//! The operator's lists of allowed and blocked e-mail addresses and domains.

use std::collections::BTreeSet;

use super::email::{EmailAddress, canonical_domain};

/// E-mail addresses or domains in canonical form. A domain does not include its subdomains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailList {
    entries: BTreeSet<String>,
}

impl EmailList {
    /// A list of e-mail addresses; `None` if one is invalid.
    #[must_use]
    pub fn from_emails<'a>(addresses: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let canonical = |text| EmailAddress::parse(text).ok().map(|address| address.canonical().to_owned());
        Some(Self { entries: addresses.into_iter().map(canonical).collect::<Option<_>>()? })
    }

    /// A list of domains; `None` if one is invalid.
    #[must_use]
    pub fn from_domains<'a>(domains: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        Some(Self { entries: domains.into_iter().map(canonical_domain).collect::<Option<_>>()? })
    }

    fn contains(&self, text: &str) -> bool {
        self.entries.contains(text)
    }

    /// Whether the list has no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The four lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailLists {
    /// Allowed addresses. If this list or `allowed_domains` has entries, all others are blocked.
    pub allowed: EmailList,
    /// Domains whose addresses are allowed.
    pub allowed_domains: EmailList,
    /// Blocked addresses; overrides all other lists.
    pub blocked: EmailList,
    /// Domains whose addresses are blocked unless `allowed` lists them.
    pub blocked_domains: EmailList,
}

impl EmailLists {
    /// Whether all lists are empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.allowed, &self.allowed_domains, &self.blocked, &self.blocked_domains]
            .into_iter()
            .all(EmailList::is_empty)
    }

    /// Whether only listed emails are admitted.
    #[must_use]
    pub fn has_allow_list(&self) -> bool {
        !(self.allowed.is_empty() && self.allowed_domains.is_empty())
    }

    /// Whether this address (in canonical form) is blocked. An address overrides a domain, and of two equals blocking
    /// overrides allowing.
    #[must_use]
    pub fn blocks(&self, canonical: &str) -> bool {
        let domain = canonical.rsplit_once('@').map_or("", |(_, domain)| domain);
        if self.blocked.contains(canonical) {
            true
        } else if self.allowed.contains(canonical) {
            false
        } else if self.blocked_domains.contains(domain) {
            true
        } else {
            self.has_allow_list() && !self.allowed_domains.contains(domain)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(allowed: &[&str], allowed_domains: &[&str], blocked: &[&str], blocked_domains: &[&str]) -> EmailLists {
        EmailLists {
            allowed: EmailList::from_emails(allowed.iter().copied()).expect("addresses"),
            allowed_domains: EmailList::from_domains(allowed_domains.iter().copied()).expect("domains"),
            blocked: EmailList::from_emails(blocked.iter().copied()).expect("addresses"),
            blocked_domains: EmailList::from_domains(blocked_domains.iter().copied()).expect("domains"),
        }
    }

    #[test]
    fn an_address_overrides_a_domain_and_blocking_overrides_allowing() {
        for (lists, is_blocked) in [
            (lists(&[], &[], &[], &[]), false),
            (lists(&[], &[], &["a@x.org"], &[]), true),
            (lists(&[], &[], &["b@x.org"], &[]), false),
            (lists(&[], &[], &[], &["x.org"]), true),
            (lists(&[], &[], &[], &["y.org", "sub.x.org", "org"]), false),
            (lists(&["a@x.org"], &[], &[], &[]), false),
            (lists(&["b@x.org"], &[], &[], &[]), true),
            (lists(&[], &["x.org"], &[], &[]), false),
            (lists(&[], &["y.org"], &[], &[]), true),
            (lists(&["b@y.org"], &["x.org"], &[], &[]), false),
            (lists(&["a@x.org"], &[], &["a@x.org"], &[]), true),
            (lists(&["a@x.org"], &[], &[], &["x.org"]), false),
            (lists(&[], &["x.org"], &["a@x.org"], &[]), true),
            (lists(&[], &["x.org"], &[], &["x.org"]), true),
        ] {
            assert_eq!(lists.blocks("a@x.org"), is_blocked, "{lists:?}");
        }
    }

    #[test]
    fn entries_are_compared_in_their_canonical_form() {
        let lists = lists(&[], &[], &["Evil@X.org"], &["BÜCHER.de"]);
        assert!(lists.blocks("evil@x.org") && lists.blocks("anyone@xn--bcher-kva.de") && !lists.blocks("good@x.org"));
        for bad in ["", "@x.org", "x.org", "a@"] {
            assert_eq!(EmailList::from_emails([bad]), None, "{bad}");
        }
        for bad in ["", "@x.org", "x..org", "*.x.org", "x.org."] {
            assert_eq!(EmailList::from_domains([bad]), None, "{bad}");
        }
    }
}
