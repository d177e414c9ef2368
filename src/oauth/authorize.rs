//! The authorization request (RFC 6749 section 4.1.1).
//!
//! Pure. Each parameter of the protocol is in it exactly once, whatever else was configured or requested.

use std::borrow::Cow;
use std::collections::BTreeMap;

use url::form_urlencoded::Serializer;
use url::{Position, Url};

use crate::domain::reserved::is_reserved;

/// The parts of an authorization request.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// The provider's authorization endpoint; its own query comes first.
    pub endpoint: &'a Url,
    /// Our client id.
    pub client_id: &'a str,
    /// Where the provider sends the browser; the same text is sent to the token endpoint.
    pub redirect_uri: &'a str,
    /// The requested scopes; without any there is no `scope`.
    pub scopes: &'a [String],
    /// The text between two scopes: a space, or a comma where the provider requires one.
    pub scope_separator: &'a str,
    /// Whether a space is written `%20`, for a provider that does not accept `+`.
    pub encode_spaces_as_percent20: bool,
    /// The state, which the provider returns.
    pub state: &'a str,
    /// The S256 challenge (RFC 7636 section 4.2).
    pub code_challenge: Option<&'a str>,
    /// The nonce, which the id_token repeats (OpenID Connect Core section 3.1.2.1).
    pub nonce: Option<&'a str>,
    /// Additional parameters. Of the reserved names only `response_mode` is taken from here, for provider definitions.
    pub parameters: &'a BTreeMap<String, String>,
}

impl AuthorizationRequest<'_> {
    /// All parameters, sorted by name.
    #[must_use]
    pub(super) fn pairs(&self) -> Vec<(&str, Cow<'_, str>)> {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::with_capacity(self.parameters.len() + 8);
        let settable = self.parameters.iter().filter(|(name, _)| is_settable(name));
        pairs.extend(settable.map(|(name, value)| (name.as_str(), value.into())));
        pairs.extend([
            ("client_id", self.client_id.into()),
            ("redirect_uri", self.redirect_uri.into()),
            ("response_type", "code".into()),
            ("state", self.state.into()),
        ]);
        match self.scopes {
            [] => {}
            [only] => pairs.push(("scope", only.into())),
            several => pairs.push(("scope", several.join(self.scope_separator).into())),
        }
        if let Some(challenge) = self.code_challenge {
            pairs.extend([("code_challenge", challenge.into()), ("code_challenge_method", "S256".into())]);
        }
        pairs.extend(self.nonce.map(|nonce| ("nonce", nonce.into())));
        pairs.sort_unstable_by_key(|(name, _)| *name);
        pairs
    }

    /// The URL: the endpoint's own query first, then keys in alphabetical order, form-encoded.
    #[must_use]
    pub fn url(&self) -> String {
        let pairs = self.pairs();
        let is_ours = |name: &str| pairs.iter().any(|(ours, _)| *ours == name);
        let endpoint = &self.endpoint[..Position::AfterPath];
        // The usual length, so that the text grows once at most.
        let mut url = String::with_capacity(endpoint.len() + 400);
        url.push_str(endpoint);
        url.push('?');
        let query_start = url.len();
        let mut query = Serializer::for_suffix(url, query_start);
        query.extend_pairs(self.endpoint.query_pairs().filter(|(name, _)| is_settable(name) && !is_ours(name)));
        let url = query.extend_pairs(&pairs).finish();
        if self.encode_spaces_as_percent20 {
            // A literal plus sign is `%2B` by now.
            let (endpoint, query) = url.split_at(query_start);
            return format!("{endpoint}{}", query.replace('+', "%20"));
        }
        url
    }
}

/// Whether definitions and settings may set a parameter. `response_mode` depends on the provider: Apple requires a form.
fn is_settable(name: &str) -> bool {
    name == "response_mode" || !is_reserved(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The URL, which the parser would write in the same way.
    fn parsed(request: &AuthorizationRequest<'_>) -> Url {
        let text = request.url();
        let url = Url::parse(&text).unwrap();
        assert_eq!(url.as_str(), text);
        url
    }

    fn url(endpoint: &str, scopes: &[&str], parameters: &[(&str, &str)], has_extras: bool) -> Url {
        let text = |text: &&str| (*text).to_owned();
        let request = AuthorizationRequest {
            endpoint: &Url::parse(endpoint).unwrap(),
            client_id: "CID",
            redirect_uri: "https://auth.example.test/signin/provider/x/callback",
            scopes: &scopes.iter().map(text).collect::<Vec<_>>(),
            scope_separator: " ",
            encode_spaces_as_percent20: false,
            state: "ST",
            code_challenge: has_extras.then_some("CHALLENGE"),
            nonce: has_extras.then_some("N0"),
            parameters: &parameters.iter().map(|(name, value)| (text(name), text(value))).collect(),
        };
        parsed(&request)
    }

    #[test]
    fn parameters_are_sorted_and_form_encoded() {
        assert_eq!(
            url("https://idp.example/authorize", &["openid", "user:email"], &[("prompt", "login"), ("a", "ü&=")], true)
                .as_str(),
            "https://idp.example/authorize?a=%C3%BC%26%3D&client_id=CID&code_challenge=CHALLENGE\
             &code_challenge_method=S256&nonce=N0&prompt=login\
             &redirect_uri=https%3A%2F%2Fauth.example.test%2Fsignin%2Fprovider%2Fx%2Fcallback\
             &response_type=code&scope=openid+user%3Aemail&state=ST"
        );
    }

    #[test]
    fn absent_values_are_left_out() {
        let query = |scopes: &[&str]| url("https://idp.example/a", scopes, &[], false).query().unwrap().to_owned();
        assert!(!query(&[]).contains("scope") && !query(&[]).contains("nonce") && !query(&[]).contains("challenge"));
        assert!(query(&[""]).contains("&scope=&"), "one empty scope is an empty key");
    }

    #[test]
    fn scope_separator_and_spaces_follow_the_provider() {
        let endpoint = Url::parse("https://idp.example/a").unwrap();
        let request = AuthorizationRequest {
            endpoint: &endpoint,
            client_id: "C+D",
            redirect_uri: "https://auth.example.test/cb",
            scopes: &["name".to_owned(), "email".to_owned()],
            scope_separator: " ",
            encode_spaces_as_percent20: true,
            state: "ST",
            code_challenge: None,
            nonce: None,
            parameters: &BTreeMap::new(),
        };
        let query = parsed(&request).query().unwrap().to_owned();
        assert!(query.contains("client_id=C%2BD") && query.contains("scope=name%20email"), "{query}");
        let comma = AuthorizationRequest { scope_separator: ",", ..request }.url();
        assert!(comma.contains("scope=name%2Cemail"), "{comma}");
    }

    #[test]
    fn endpoint_query_comes_first_without_our_parameters() {
        let url = url(
            "https://idp.example/a?prompt=select_account&state=evil&Client_ID=evil&tenant=t#fragment",
            &["s"],
            &[("tenant", "u"), ("response_mode", "form_post")],
            false,
        );
        assert!(url.as_str().starts_with("https://idp.example/a?prompt=select_account&client_id=CID&"), "{url}");
        assert!(
            url.as_str().ends_with("&response_mode=form_post&response_type=code&scope=s&state=ST&tenant=u"),
            "{url}"
        );
    }

    #[test]
    fn reserved_parameter_cannot_be_set_elsewhere() {
        for reserved in crate::domain::reserved::RESERVED_PARAMETERS.iter().filter(|name| **name != "response_mode") {
            for name in [(*reserved).to_owned(), reserved.to_uppercase()] {
                let endpoint = format!("https://idp.example/a?{name}=evil&{name}=evil");
                for url in [url(&endpoint, &["s"], &[(&name, "evil")], true), url(&endpoint, &[], &[], false)] {
                    let count =
                        |text: &str| url.query_pairs().filter(|(key, _)| key.eq_ignore_ascii_case(text)).count();
                    assert!(!url.as_str().contains("evil"), "{name}: {url}");
                    assert!(count(reserved) <= 1, "{name}: {url}");
                    for always in ["client_id", "redirect_uri", "response_type", "state"] {
                        assert_eq!(count(always), 1, "{name}: {url}");
                    }
                }
            }
        }
    }

    #[test]
    fn response_mode_is_set_by_definitions_only() {
        let url_with = |name: &str| url("https://idp.example/a", &[], &[(name, "form_post")], false).to_string();
        assert!(url_with("response_mode").contains("&response_mode=form_post&"));
        assert!(!url_with("Response_Mode").contains("form_post"));
        for name in ["response_mode", "Response_Mode", "STATE", "client_secret"] {
            assert!(is_reserved(name), "{name}");
        }
        assert!(!is_reserved("login_hint"));
    }
}
