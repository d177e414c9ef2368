//! The URLs to which a browser may be sent back: parsed once and compared part by part.
//!
//! Stricter than matching by the `url` crate alone. A rule is a URL whose path is a prefix on a segment boundary and
//! whose left-most host label may hold one `*`. A URL that matches is used as the parser serialises it, never as it was
//! given (RFC 9700 section 4.11). On a loopback address a rule may allow any port, for native apps (RFC 8252).

#[cfg(test)]
mod differential_tests;
#[cfg(feature = "cli")]
mod explain;
#[cfg(feature = "cli")]
mod lint;
mod parse;
mod rule;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use url::Url;
use url::form_urlencoded;

use super::id::FlowTag;
use super::origin::Origin;

#[cfg(feature = "cli")]
pub use explain::Refusal;
#[cfg(feature = "cli")]
pub use lint::RuleLint;
use parse::parse_strictly;
pub use rule::InvalidRule;
use rule::{HostRule, PortRule, Rule};

/// A return URL that passed the [`AllowList`]; there is no other way to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnUrl {
    url: Url,
    is_any_port: bool,
}

impl ReturnUrl {
    /// The checked URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether only a rule for any port allows it. Whoever listens there first receives what is sent, so that it must be
    /// of no use to others.
    #[must_use]
    pub fn is_any_port(&self) -> bool {
        self.is_any_port
    }

    /// The URL without the parameters `ours` of an earlier attempt and with `mark=true` at the end of its query, behind
    /// the id of the `flow`. Everything else is unchanged; a parameter `flow` of the app's own is kept.
    #[must_use]
    pub fn with_marker(&self, ours: &[&str], mark: Option<&str>, flow: Option<FlowTag>) -> String {
        let mut url = self.url.clone();
        let is_flow = |name: &str, value: &str| name == "flow" && value.parse::<FlowTag>().is_ok();
        let is_ours = |part: &str| {
            form_urlencoded::parse(part.as_bytes())
                .any(|(name, value)| ours.contains(&&*name) || is_flow(&name, &value))
        };
        let query = url.query().unwrap_or_default().to_owned();
        let mut parts: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && !is_ours(part)).collect();
        let has_own_flow = parts.iter().any(|part| part.starts_with("flow="));
        let flow = flow.filter(|_| !has_own_flow).map(|flow| format!("flow={flow}"));
        let marked = mark.map(|mark| format!("{mark}=true"));
        parts.extend(flow.as_deref().into_iter().chain(marked.as_deref()));
        let query = parts.join("&");
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        url.into()
    }

    /// The URL with `params` in its query: sorted by name, replacing parameters of the same name, before the fragment.
    #[must_use]
    pub fn with_params(&self, params: &[(&str, &str)]) -> String {
        let mut url = self.url.clone();
        let mut pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .filter(|(name, _)| params.iter().all(|(ours, _)| ours != name))
            .chain(params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        url.set_query((!query.is_empty()).then_some(query.as_str()));
        url.into()
    }
}

/// The URL matches no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the URL is not on the list of return URLs")]
pub struct NotAllowed;

/// Says which URLs are allowed besides those of the rules.
type Check = dyn Fn(&Url) -> bool + Send + Sync;

/// The rules for URLs to which a browser may be sent back. The first is also the default.
#[derive(Clone)]
pub struct AllowList {
    default: ReturnUrl,
    rules: Vec<Rule>,
    check: Option<Arc<Check>>,
}

impl fmt::Debug for AllowList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllowList").field("default", &self.default).field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl AllowList {
    /// A list of `rules` and of `default` with all URLs below it.
    ///
    /// # Errors
    /// The position of the first invalid rule (0 is `default`) and what is wrong with it.
    pub fn new(default: &str, rules: &[String]) -> Result<Self, (usize, InvalidRule)> {
        let mut parsed = vec![Rule::parse(default).map_err(|why| (0, why))?];
        if !matches!((&parsed[0].host, parsed[0].port), (HostRule::Exactly(_), PortRule::Exactly(_))) {
            return Err((0, InvalidRule::Wildcard));
        }
        for (position, rule) in rules.iter().enumerate() {
            parsed.push(Rule::parse(rule).map_err(|why| (position + 1, why))?);
        }
        let url = parse_strictly(default).map_err(|_| (0, InvalidRule::Shape))?;
        Ok(Self { default: ReturnUrl { url, is_any_port: false }, rules: parsed, check: None })
    }

    /// The same list, which also allows what `check` does.
    #[must_use]
    pub fn with_check(self, check: Option<Arc<Check>>) -> Self {
        Self { check, ..self }
    }

    /// The URL for a sign-in that names none.
    #[must_use]
    pub fn default_url(&self) -> &ReturnUrl {
        &self.default
    }

    /// Checks a URL from a request.
    ///
    /// # Errors
    /// [`NotAllowed`] without a reason, so that a caller learns nothing about the list.
    pub fn check(&self, text: &str) -> Result<ReturnUrl, NotAllowed> {
        if text == self.default.as_str() {
            return Ok(self.default.clone());
        }
        let url = parse_strictly(text).map_err(|_| NotAllowed)?;
        let is_web = || matches!(url.scheme(), "https" | "http");
        let is_checked = || self.check.as_ref().is_some_and(|check| is_web() && check(&url));
        let mut ports = self.rules.iter().filter(|rule| rule.matches(&url)).map(|rule| rule.port);
        let is_any_port = match ports.next() {
            Some(first) => first == PortRule::Any && ports.all(|port| port == PortRule::Any),
            None if is_checked() => false,
            None => return Err(NotAllowed),
        };
        Ok(ReturnUrl { url, is_any_port })
    }

    /// The origins of the rules that name one, without those of wildcards.
    pub fn origins(&self) -> impl Iterator<Item = Origin> + '_ {
        self.rules.iter().filter_map(Rule::origin)
    }
}
