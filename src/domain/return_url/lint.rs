//! Rules that are valid and probably not meant.

use url::{Host, Url};

use super::AllowList;
use super::rule::{HostRule, PortRule, Rule};

/// What is odd about a rule. Positions are those of [`AllowList::new`]: 0 is the default URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleLint {
    /// It says the same as the rule at this earlier position.
    Duplicate(usize),
    /// Whatever it allows, the rule at this position allows.
    Shadowed(usize),
    /// The host ends with a dot, which browsers count as another host.
    TrailingDot,
    /// Tokens travel over plain http to another machine.
    PlainHttp,
}

impl AllowList {
    /// The odd rules, each with its position.
    #[must_use]
    pub fn lint(&self) -> Vec<(usize, RuleLint)> {
        let mut found = Vec::new();
        for (position, rule) in self.rules.iter().enumerate() {
            let mut others = self.rules.iter().enumerate().filter(|(other, _)| *other != position);
            if let Some(earlier) = self.rules[..position].iter().position(|earlier| earlier == rule) {
                found.push((position, RuleLint::Duplicate(earlier)));
            } else if position > 0
                && let Some((cover, _)) = others.find(|(_, other)| *other != rule && other.covers(rule))
            {
                found.push((position, RuleLint::Shadowed(cover)));
            }
            if rule.has_trailing_dot() {
                found.push((position, RuleLint::TrailingDot));
            }
            if rule.is_plain_http() {
                found.push((position, RuleLint::PlainHttp));
            }
        }
        found
    }

    /// Whether the default URL is at or below `url`.
    #[must_use]
    pub fn is_default_below(&self, url: &Url) -> bool {
        let (default, base) = (&self.default.url, url.path().trim_end_matches('/'));
        let rest = default.path().strip_prefix(base);
        default.origin() == url.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Rule {
    /// Whether every URL that `other` allows is allowed by this rule, too.
    fn covers(&self, other: &Self) -> bool {
        let is_path_covered =
            other.path.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_host_covered = match (&self.host, &other.host) {
            (_, HostRule::Exactly(host)) => self.host.matches(host),
            (HostRule::Exactly(_), HostRule::Label { .. }) => false,
            (HostRule::Label { start, end, rest }, HostRule::Label { start: s, end: e, rest: r }) => {
                rest == r && s.starts_with(start.as_str()) && e.ends_with(end.as_str())
            }
        };
        let is_port_covered = self.port == PortRule::Any || self.port == other.port;
        self.scheme == other.scheme && is_port_covered && is_path_covered && is_host_covered
    }

    fn host_text(&self) -> &str {
        match &self.host {
            HostRule::Exactly(host) => host,
            HostRule::Label { rest, .. } => rest,
        }
    }

    fn has_trailing_dot(&self) -> bool {
        self.host_text().ends_with('.')
    }

    fn is_plain_http(&self) -> bool {
        let is_loopback = match Host::parse(self.host_text().trim_start_matches('.')) {
            Ok(Host::Ipv4(ip)) => ip.is_loopback(),
            Ok(Host::Ipv6(ip)) => ip.is_loopback(),
            Ok(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Err(_) => false,
        };
        self.scheme == "http" && !is_loopback
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lints(default: &str, rules: &[&str]) -> Vec<(usize, RuleLint)> {
        let rules: Vec<_> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        AllowList::new(default, &rules).expect("rules").lint()
    }

    #[test]
    fn odd_rule_is_found_with_its_position() {
        use RuleLint::{Duplicate, PlainHttp, Shadowed, TrailingDot};
        for (rules, expected) in [
            (&["https://b.test"][..], vec![]),
            (&["https://*.b.test", "https://b.test", "myapp://callback", "http://localhost:3000"], vec![]),
            (&["https://b.test", "https://b.test/"], vec![(2, Duplicate(1))]),
            (&["https://app.test/in"], vec![(1, Shadowed(0))]),
            (&["https://x.b.test/in", "https://*.b.test"], vec![(1, Shadowed(2))]),
            (&["https://*.b.test", "https://pr-*.b.test"], vec![(2, Shadowed(1))]),
            (&["https://*.b.test:8443", "https://x.b.test"], vec![]),
            (&["http://127.0.0.1:4000/in", "http://127.0.0.1:*"], vec![(1, Shadowed(2))]),
            (&["http://127.0.0.1:*/in", "http://127.0.0.1:4000/in/x"], vec![(2, Shadowed(1))]),
            (&["https://b.test."], vec![(1, TrailingDot)]),
            (&["http://b.test"], vec![(1, PlainHttp)]),
        ] {
            assert_eq!(lints("https://app.test/", rules), expected, "{rules:?}");
        }
        assert_eq!(lints("https://app.test/in", &["https://app.test"]), [], "the default is used as a URL, too");
    }

    #[test]
    fn default_below_a_url_is_recognised() {
        let list = AllowList::new("https://auth.test/v1/", &[]).expect("a list");
        for (url, is_below) in [
            ("https://auth.test", true),
            ("https://auth.test/v1", true),
            ("https://auth.test/v", false),
            ("https://app.test", false),
        ] {
            assert_eq!(list.is_default_below(&url.parse().expect("a URL")), is_below, "{url}");
        }
    }
}
