//! Where a browser may be sent back to: parsed once, matched part by part, and only then used.
//!
//! A rule is a URL whose path is a prefix on a segment boundary and whose left-most host label may hold one
//! `*`. What passes is used as the parser writes it, never as it was given (security of redirect targets,
//! RFC 9700 section 4.11).

use url::form_urlencoded;
use url::{Host, Url};

/// The greatest length of a return URL in bytes.
const MOST: usize = 2048;

/// Schemes that run or read something in the browser instead of going somewhere.
const NEVER: [&str; 8] = ["javascript", "data", "vbscript", "blob", "file", "about", "view-source", "intent"];

/// A return URL that passed the [`AllowList`]; there is no other way to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    /// The checked URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL with `params` in its query: names sorted, a name that was there before replaced, the fragment kept last.
    #[must_use]
    pub fn with(&self, params: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
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

/// Why a URL is not one to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the URL is not on the list of return URLs")]
pub struct NotAllowed;

/// Why a text is not a rule of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// Not an absolute URL of the form `scheme://host/path`.
    #[error("a rule is an absolute URL like https://app.example.com/signed-in")]
    Shape,
    /// A scheme that does not go anywhere.
    #[error("this scheme is never a return URL")]
    Scheme,
    /// Query, fragment, user name or password.
    #[error("a rule has no query, fragment, user name or password")]
    Extra,
    /// A `*` that would let in hosts of strangers.
    #[error("a * may stand once, in the left-most label of a host with at least two more labels")]
    Wildcard,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    scheme: String,
    host: HostRule,
    port: Option<u16>,
    path: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostRule {
    Exactly(String),
    /// One label that starts and ends so, then the rest of the host (with its leading dot).
    Label {
        start: String,
        end: String,
        rest: String,
    },
}

/// The URLs to which a browser may be sent back. The first is also the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowList {
    default: ReturnUrl,
    rules: Vec<Rule>,
}

impl AllowList {
    /// A list of `default` and what lies below it, and of `rules`.
    ///
    /// # Errors
    /// The position of the first bad rule (0 is `default`) and what is wrong with it.
    pub fn new(default: &str, rules: &[String]) -> Result<Self, (usize, NotARule)> {
        let mut parsed = vec![Rule::parse(default).map_err(|why| (0, why))?];
        if !matches!(parsed[0].host, HostRule::Exactly(_)) {
            return Err((0, NotARule::Wildcard));
        }
        for (position, rule) in rules.iter().enumerate() {
            parsed.push(Rule::parse(rule).map_err(|why| (position + 1, why))?);
        }
        let default = parse_strictly(default).ok_or((0, NotARule::Shape))?;
        Ok(Self { default: ReturnUrl(default), rules: parsed })
    }

    /// The URL for those who name none.
    #[must_use]
    pub fn default_url(&self) -> &ReturnUrl {
        &self.default
    }

    /// Checks a URL from outside.
    ///
    /// # Errors
    /// [`NotAllowed`], whatever the reason: a stranger learns nothing about the list.
    pub fn check(&self, text: &str) -> Result<ReturnUrl, NotAllowed> {
        let url = parse_strictly(text).ok_or(NotAllowed)?;
        if self.rules.iter().any(|rule| rule.matches(&url)) { Ok(ReturnUrl(url)) } else { Err(NotAllowed) }
    }

    /// Whether pages of this `Origin` may call us: it is the origin of a rule.
    #[must_use]
    pub fn is_origin_allowed(&self, origin: &str) -> bool {
        parse_strictly(origin).is_some_and(|url| {
            url.path().trim_end_matches('/').is_empty()
                && url.query().is_none()
                && url.fragment().is_none()
                && self.rules.iter().any(|rule| rule.matches_origin(&url))
        })
    }
}

/// Parses what is beyond doubt: ASCII without blanks, backslashes, user names, dot segments, or escapes in the host.
fn parse_strictly(text: &str) -> Option<Url> {
    if text.len() > MOST || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains(['@', '%']) {
        return None;
    }
    let path = rest[authority.len()..].split(['?', '#']).next().unwrap_or_default();
    if path.split('/').any(is_dot_segment) {
        return None;
    }
    let mut url = Url::parse(text).ok()?;
    if !url.username().is_empty() || url.password().is_some() || url.cannot_be_a_base() {
        return None;
    }
    if let Some(Host::Domain(host)) = url.host() {
        let folded = host.to_ascii_lowercase();
        url.set_host(Some(&folded)).ok()?;
    }
    url.has_host().then_some(url)
}

fn is_dot_segment(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

impl Rule {
    fn parse(text: &str) -> Result<Self, NotARule> {
        const STAND_IN: &str = "wildcard-label";
        let (scheme, rest) = text.split_once("://").ok_or(NotARule::Shape)?;
        let rest = rest.strip_suffix("/**").or_else(|| rest.strip_suffix("/*")).unwrap_or(rest);
        if NEVER.iter().any(|never| never.eq_ignore_ascii_case(scheme)) {
            return Err(NotARule::Scheme);
        }
        if rest.contains(['?', '#', '@']) {
            return Err(NotARule::Extra);
        }
        let (label, after) = rest.split_once(['.', '/', ':']).unwrap_or((rest, ""));
        if after.contains('*') || label.matches('*').count() > 1 {
            return Err(NotARule::Wildcard);
        }
        let url = parse_strictly(&format!("{scheme}://{}", rest.replacen('*', STAND_IN, 1))).ok_or(NotARule::Shape)?;
        let host = url.host_str().ok_or(NotARule::Shape)?.to_owned();
        let host = if label.contains('*') {
            let (wild, rest) = host.split_once('.').ok_or(NotARule::Wildcard)?;
            let (start, end) = wild.split_once(STAND_IN).ok_or(NotARule::Wildcard)?;
            if rest.split('.').filter(|label| !label.is_empty()).count() < 2 {
                return Err(NotARule::Wildcard);
            }
            HostRule::Label { start: start.to_owned(), end: end.to_owned(), rest: format!(".{rest}") }
        } else {
            HostRule::Exactly(host)
        };
        Ok(Self {
            scheme: url.scheme().to_owned(),
            host,
            port: url.port_or_known_default(),
            path: url.path().trim_end_matches('/').to_owned(),
        })
    }

    fn matches(&self, url: &Url) -> bool {
        self.matches_origin(url)
            && url.path().strip_prefix(self.path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn matches_origin(&self, url: &Url) -> bool {
        self.scheme == url.scheme()
            && self.port == url.port_or_known_default()
            && url.host_str().is_some_and(|host| self.host.matches(host))
    }
}

impl HostRule {
    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Exactly(expected) => expected == host,
            Self::Label { start, end, rest } => host
                .strip_suffix(rest.as_str())
                .and_then(|label| label.strip_prefix(start.as_str()))
                .and_then(|label| label.strip_suffix(end.as_str()))
                .is_some_and(|wild| {
                    !wild.is_empty()
                        && !wild.starts_with('-')
                        && wild.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> AllowList {
        let rules = ["https://*.preview.example.com".to_owned(), "myapp://cb".to_owned()];
        AllowList::new("https://app.example.com", &rules).expect("rules")
    }

    #[test]
    fn urls_below_a_rule_pass_and_come_out_re_serialised() {
        for (given, used) in [
            ("https://app.example.com", "https://app.example.com/"),
            ("https://app.example.com:443/x", "https://app.example.com/x"),
            ("HTTPS://APP.example.com/a?b=c#d", "https://app.example.com/a?b=c#d"),
            ("https://a-1.preview.example.com/x", "https://a-1.preview.example.com/x"),
            ("https://app.example.com/redirect?u=//evil.com", "https://app.example.com/redirect?u=//evil.com"),
            ("https://app.example.com/%0d%0a", "https://app.example.com/%0d%0a"),
            ("myapp://cb", "myapp://cb"),
            ("MYAPP://CB", "myapp://cb"),
            ("myapp://cb/deep?x=1", "myapp://cb/deep?x=1"),
        ] {
            assert_eq!(list().check(given).as_ref().map(ReturnUrl::as_str), Ok(used), "{given}");
        }
    }

    #[test]
    fn the_corpus_of_attacks_is_refused() {
        let long = format!("https://app.example.com/{}", "x".repeat(5000));
        for bad in [
            "",
            "/x",
            "//evil.com",
            "///evil.com",
            "/\\evil.com",
            "\\\\evil.com",
            "https:evil.com",
            "https:/evil.com",
            "https:\\\\evil.com",
            "http://app.example.com",
            "https://app.example.com:8443",
            "https://app.example.com@evil.com",
            "https://app.example.com%40evil.com",
            "https://app.example.com:x@evil.com",
            "https://evil.com\\@app.example.com",
            "https://evil.com#@app.example.com",
            "https://evil.com?app.example.com",
            "https://app.example.com.evil.com",
            "https://evilapp.example.com",
            "https://app.example.com%2eevil.com",
            "https://app.example.com%00.evil.com",
            "https://2130706433\\.preview.example.com",
            "https://0x7f.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://a.b.preview.example.com",
            "https://preview.example.com",
            "https://.preview.example.com",
            "https://-.preview.example.com",
            "https://-.preview.example.com%2f@evil.com",
            "https://evil.com?.preview.example.com/x",
            "https://evil.com#.preview.example.com/x",
            "https://\u{ff41}pp.example.com",
            "https:/app.example.com/x",
            "https:\\\\app.example.com",
            "https://xn--app-.example.com",
            "https://\u{430}pp.example.com",
            "https://app\u{3002}example\u{3002}com",
            "https://app.example.com./",
            "https://%61pp.example.com/",
            "javascript:alert(1)",
            "JaVaScRiPt://app.example.com/%0aalert(1)",
            " javascript:alert(1)",
            "\tjavascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "blob:https://app.example.com/x",
            "file:///etc/passwd",
            "view-source:https://app.example.com",
            "intent://app.example.com",
            "myapp://cb.evil.tld",
            "myapp://cb/../x",
            "myapp://cb/%2e%2e/x",
            "myapp://cb%2f..%2fx",
            "myapp:cb",
            "myapp://",
            "otherapp://cb",
            "https://app.example.com/../x",
            "https://app.example.com/\r\nSet-Cookie:x",
            "ht\ntps://app.example.com",
            "https://app.exam\tple.com",
            " https://app.example.com",
            "https://app.example.com ",
            "http://[",
            "https://%",
            "https://",
            &long,
        ] {
            assert_eq!(list().check(bad), Err(NotAllowed), "{bad:?}");
        }
    }

    #[test]
    fn a_path_is_a_prefix_on_a_segment_boundary() {
        let list = AllowList::new("https://app.example.com/in/", &[]).expect("rules");
        assert!(list.check("https://app.example.com/in/x").is_ok());
        assert!(list.check("https://app.example.com/in").is_ok());
        assert!(list.check("https://app.example.com/inside").is_err());
        assert!(list.check("https://app.example.com/").is_err());
    }

    #[test]
    fn a_rule_never_lets_in_any_host() {
        for (bad, why) in [
            ("https://*", NotARule::Wildcard),
            ("https://*.com", NotARule::Wildcard),
            ("https://a.*.com", NotARule::Wildcard),
            ("https://**.example.com", NotARule::Wildcard),
            ("*", NotARule::Shape),
            ("https://", NotARule::Shape),
            ("javascript://x", NotARule::Scheme),
            ("https://u@example.com", NotARule::Extra),
            ("https://example.com?x", NotARule::Extra),
        ] {
            assert_eq!(AllowList::new("https://app.example.com", &[bad.to_owned()]), Err((1, why)), "{bad}");
        }
        assert_eq!(AllowList::new("https://*.app.example.com", &[]), Err((0, NotARule::Wildcard)));
        let part =
            AllowList::new("https://app.example.com", &["https://*-pr.example.com/**".to_owned()]).expect("rules");
        assert!(part.check("https://7-pr.example.com/x").is_ok());
        assert!(part.check("https://x.7-pr.example.com/x").is_err());
    }

    #[test]
    fn our_parameters_replace_those_of_the_same_name() {
        let url =
            list().check("https://app.example.com/x?z=1&a=2&error=theirs&refreshToken=theirs#frag").expect("allowed");
        assert_eq!(
            url.with(&[("refreshToken", "ours"), ("error", "a b")]),
            "https://app.example.com/x?a=2&error=a+b&refreshToken=ours&z=1#frag"
        );
        assert_eq!(list().default_url().with(&[]), "https://app.example.com/");
    }

    #[test]
    fn an_origin_is_allowed_when_it_is_the_origin_of_a_rule() {
        for good in ["https://app.example.com", "https://x.preview.example.com"] {
            assert!(list().is_origin_allowed(good), "{good}");
        }
        for bad in [
            "null",
            "http://app.example.com",
            "https://app.example.com.evil.com",
            "https://evil.com",
            "https://app.example.com:8443",
            "",
        ] {
            assert!(!list().is_origin_allowed(bad), "{bad}");
        }
    }
}
