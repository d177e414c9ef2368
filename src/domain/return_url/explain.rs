//! Which rule allows a URL, or how the nearest one differs: for operators, never for callers.

use std::cmp::Reverse;

use url::Url;

use super::parse::Malformed;
use super::rule::{HostRule, PortRule, Rule};
use super::{AllowList, ReturnUrl, parse_strictly};

/// Why a URL is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would be refused with any rules.
    #[error("{0}")]
    Malformed(Malformed),
    /// No rule allows it. Positions are those of [`AllowList::new`]: 0 is the default URL.
    #[error("{miss}")]
    Missed {
        /// The rule that it is nearest to.
        position: usize,
        /// How it differs.
        miss: Miss,
    },
}

/// The first part in which a URL differs from a rule. In the order in which parts are compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// Another scheme.
    #[error("its scheme is {0}, not {1}")]
    Scheme(String, String),
    /// Another host.
    #[error("its host is {0}, not {1}")]
    Host(String, String),
    /// Not exactly one label in place of the `*`.
    #[error("{0:?} in place of the * is not one label of letters, digits and -")]
    Label(String),
    /// Another port.
    #[error("its port is {0}, not {1}")]
    Port(String, String),
    /// Not at or below the path.
    #[error("its path is {0}, which is not at or below {1}")]
    Path(String, String),
}

impl AllowList {
    /// The position of the rule that allows the URL, and the URL as it is used. Without what [`AllowList::with_check`]
    /// allows.
    ///
    /// # Errors
    /// Why no rule allows the URL: what is malformed in it, or the rule that is nearest to it.
    pub fn explain(&self, text: &str) -> Result<(usize, ReturnUrl), Refusal> {
        let url = parse_strictly(text).map_err(Refusal::Malformed)?;
        if let Some(position) = self.rules.iter().position(|rule| rule.matches(&url))
            && let Ok(used) = self.check(text)
        {
            return Ok((position, used));
        }
        let misses = self.rules.iter().enumerate().filter_map(|(position, rule)| Some((position, rule.miss(&url)?)));
        let nearest = misses.max_by_key(|(position, _)| self.rules[*position].likeness(&url));
        match nearest {
            Some((position, miss)) => Err(Refusal::Missed { position, miss }),
            None => Err(Refusal::Malformed(Malformed::Shape)),
        }
    }

    /// The rule at a position, as it is compared.
    #[must_use]
    pub fn rule(&self, position: usize) -> String {
        self.rules.get(position).map(Rule::to_string).unwrap_or_default()
    }
}

impl Rule {
    /// How like the URL is: first by its host, then by how many parts match, then by its letters.
    fn likeness(&self, url: &Url) -> (bool, usize, Reverse<usize>) {
        let is_host = url.host_str().is_some_and(|host| self.host.matches(host));
        let matched = [is_host, self.scheme == url.scheme(), self.port.matches(url), self.matches_path(url)];
        let distance = strsim::damerau_levenshtein(&self.to_string(), url.as_str());
        (is_host, matched.into_iter().filter(|is_matched| *is_matched).count(), Reverse(distance))
    }

    /// How the URL differs; `None` if the rule allows it.
    fn miss(&self, url: &Url) -> Option<Miss> {
        let host = url.host_str().unwrap_or_default();
        if self.scheme != url.scheme() {
            return Some(Miss::Scheme(url.scheme().to_owned(), self.scheme.clone()));
        }
        if !self.host.matches(host) {
            return Some(match &self.host {
                HostRule::Label { rest, .. } if host.ends_with(rest.as_str()) => {
                    Miss::Label(host[..host.len() - rest.len()].to_owned())
                }
                expected => Miss::Host(host.to_owned(), expected.to_string()),
            });
        }
        let text = |port: Option<u16>| port.map_or_else(|| "that of the scheme".to_owned(), |port| port.to_string());
        if let PortRule::Exactly(expected) = self.port
            && !self.port.matches(url)
        {
            return Some(Miss::Port(text(url.port_or_known_default()), text(expected)));
        }
        let is_below = self.matches_path(url);
        (!is_below).then(|| Miss::Path(url.path().to_owned(), self.path.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanation_agrees_with_the_check_and_names_the_nearest_rule() {
        let rules = ["https://*.preview.example.com", "myapp://cb", "http://127.0.0.1:*/in", "https://b.test:8443/in"];
        let of_one_host = ["https://c.test/inside", "http://c.test/in"];
        let rules: Vec<_> = rules.into_iter().chain(of_one_host).map(str::to_owned).collect();
        let list = AllowList::new("https://app.example.com/", &rules).expect("rules");
        for (url, expected) in [
            ("https://app.example.com/x", "0"),
            ("https://x.preview.example.com/", "1"),
            ("myapp://cb/x", "2"),
            ("http://127.0.0.1:50123/in", "3"),
            ("http://app.example.com/", "0: its scheme is http, not https"),
            ("https://ap.example.com/", "0: its host is ap.example.com, not app.example.com"),
            (
                "https://a.b.preview.example.com/",
                "1: \"a.b\" in place of the * is not one label of letters, digits and -",
            ),
            ("https://app.example.com:8443/", "0: its port is 8443, not 443"),
            ("https://b.test:8443/inside", "4: its path is /inside, which is not at or below /in"),
            ("http://127.0.0.1:1/other", "3: its path is /other, which is not at or below /in"),
            ("http://[::1]:1/in", "3: its host is [::1], not 127.0.0.1"),
            ("http://c.test/insid", "6: its path is /insid, which is not at or below /in"),
            ("myapps://cb", "2: its scheme is myapps, not myapp"),
            ("https://app.example.com@evil.test/", "an @ or a % is in front of the path"),
            ("https://app.example.com/..%2fx", "its path has a segment . or .., perhaps encoded"),
            ("myapp:cb", "it does not begin with a scheme, :// and a host"),
        ] {
            let explained = list.explain(url);
            assert_eq!(explained.is_ok(), list.check(url).is_ok(), "{url}");
            let text = match explained {
                Ok((position, _)) => position.to_string(),
                Err(Refusal::Missed { position, miss }) => format!("{position}: {miss}"),
                Err(Refusal::Malformed(why)) => why.to_string(),
            };
            assert_eq!(text, expected, "{url}");
        }
        assert_eq!(list.rule(3), "http://127.0.0.1:*/in");
    }
}
