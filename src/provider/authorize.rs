//! What a browser is sent to a provider with.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use url::Url;

use super::page::NonceStyle;
use super::{Endpoints, Provider};
use crate::domain::reserved::is_reserved;
use crate::domain::secret::Secret;
use crate::oauth::authorize::AuthorizationRequest;

/// What one flow says to the provider, beside what is said in every one.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// Where the provider sends the browser.
    pub redirect_uri: &'a str,
    /// What it brings back.
    pub state: &'a str,
    /// The S256 challenge.
    pub code_challenge: Option<&'a str>,
    /// The flow's nonce, as it is kept.
    pub nonce: Option<&'a Secret>,
    /// From [`Provider::authorize_parameters`].
    pub parameters: &'a BTreeMap<String, String>,
}

impl Provider {
    /// What is added to the authorization request: page and settings, and of what the app `wished` for this one
    /// request those parameters that the page leaves to it. Reserved ones never are.
    #[must_use]
    pub fn authorize_parameters(&self, wished: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        let open = wished.iter().filter(|(name, value)| self.is_open(name) && !value.is_empty());
        parameters.extend(open.map(|(name, value)| (name.clone(), value.clone())));
        parameters
    }

    /// Whether an app may set this parameter.
    fn is_open(&self, name: &str) -> bool {
        !is_reserved(name) && self.open_parameters.iter().any(|open| open == name)
    }

    /// Whether a flow needs a nonce.
    #[must_use]
    pub fn is_nonce_used(&self) -> bool {
        self.nonce != NonceStyle::None
    }

    /// The nonce as the provider sees and repeats it.
    #[must_use]
    pub fn nonce_sent(&self, nonce: &Secret) -> Option<Secret> {
        match self.nonce {
            NonceStyle::None => None,
            NonceStyle::Plain => Some(nonce.clone()),
            NonceStyle::Sha256Hex => Some(hashed(nonce)),
        }
    }

    /// Where the browser goes.
    #[must_use]
    pub fn authorize_url(&self, endpoints: &Endpoints, asking: Asking<'_>) -> Url {
        let nonce = asking.nonce.and_then(|nonce| self.nonce_sent(nonce));
        self.request(endpoints, asking, nonce.as_ref()).url()
    }

    pub(super) fn request<'a>(
        &'a self,
        endpoints: &'a Endpoints,
        asking: Asking<'a>,
        nonce: Option<&'a Secret>,
    ) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            endpoint: &endpoints.authorization,
            client_id: &self.client.id,
            redirect_uri: asking.redirect_uri,
            scopes: &self.scopes,
            scope_separator: &self.scope_separator,
            are_blanks_percent_encoded: self.are_blanks_percent_encoded,
            state: asking.state,
            code_challenge: asking.code_challenge,
            nonce: nonce.map(Secret::expose),
            parameters: asking.parameters,
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hashed(nonce: &Secret) -> Secret {
    let hash = digest(&SHA256, nonce.expose().as_bytes());
    Secret::new(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{provider, set};
    use super::*;
    use crate::settings::ProviderSettings;

    fn pairs(of: &[(&str, &str)]) -> BTreeMap<String, String> {
        of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_app_chooses_what_the_page_leaves_to_it_and_nothing_else() {
        let settings = ProviderSettings {
            default_organization: Some("org_default".to_owned()),
            default_domain: Some("example.org".to_owned()),
            ..set("workos")
        };
        let workos = provider("workos", &settings).expect("a provider");
        let defaults = pairs(&[("domain", "example.org"), ("organization", "org_default")]);
        assert_eq!(workos.authorize_parameters(&BTreeMap::new()), defaults);
        let wished = pairs(&[
            ("organization", "org_x"),
            ("connection", ""),
            ("domain", "evil.example"),
            ("state", "evil"),
            ("provider", "GoogleOAuth"),
        ]);
        let said = pairs(&[("domain", "example.org"), ("organization", "org_x")]);
        assert_eq!(workos.authorize_parameters(&wished), said);
        let google = provider("google", &set("google")).expect("a provider");
        assert_eq!(google.authorize_parameters(&wished), BTreeMap::new());
    }

    #[test]
    fn what_is_reserved_stays_reserved_even_if_a_page_forgets_it() {
        let mut google = provider("google", &set("google")).expect("a provider");
        google.open_parameters = ["state", "Redirect_URI", "nonce"].map(str::to_owned).to_vec();
        let wished = pairs(&[("state", "x"), ("Redirect_URI", "x"), ("nonce", "x")]);
        assert_eq!(google.authorize_parameters(&wished), BTreeMap::new());
    }

    #[test]
    fn a_hashed_nonce_is_what_others_send() {
        let nonce = Secret::new("raw-nonce-0001");
        let expected = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";
        assert_eq!(hashed(&nonce).expose(), expected);
        for (name, sent) in [("google", Some(expected)), ("entraid", Some("raw-nonce-0001")), ("linkedin", None)] {
            let provider = provider(name, &set(name)).expect("a provider");
            assert_eq!(provider.nonce_sent(&nonce).as_ref().map(Secret::expose), sent, "{name}");
            assert_eq!(provider.is_nonce_used(), sent.is_some(), "{name}");
        }
    }
}
