//! What a browser is sent to a provider with.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use url::Url;

use super::definition::NonceStyle;
use super::{Endpoints, Provider};
use crate::domain::reserved::is_reserved;
use crate::domain::secret::Secret;
use crate::oauth::authorize::AuthorizationRequest;

/// What one flow says to the provider, beside what is said in every one.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationParams<'a> {
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
    pub fn authorization_parameters(&self, requested: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        let open = requested.iter().filter(|(name, value)| self.allows_client_parameter(name) && !value.is_empty());
        parameters.extend(open.map(|(name, value)| (name.clone(), value.clone())));
        parameters
    }

    /// Whether an app may set this parameter.
    fn allows_client_parameter(&self, name: &str) -> bool {
        !is_reserved(name) && self.client_parameters.iter().any(|open| open == name)
    }

    /// Whether a flow needs a nonce.
    #[must_use]
    pub fn uses_nonce(&self) -> bool {
        self.nonce != NonceStyle::None
    }

    /// The nonce as the provider sees and repeats it.
    #[must_use]
    pub fn sent_nonce(&self, nonce: &Secret) -> Option<Secret> {
        match self.nonce {
            NonceStyle::None => None,
            NonceStyle::Plain => Some(nonce.clone()),
            NonceStyle::Sha256Hex => Some(sha256_hex(nonce)),
        }
    }

    /// Where the browser goes.
    #[must_use]
    pub fn authorization_url(&self, endpoints: &Endpoints, params: AuthorizationParams<'_>) -> Url {
        let nonce = params.nonce.and_then(|nonce| self.sent_nonce(nonce));
        self.request(endpoints, params, nonce.as_ref()).url()
    }

    pub(super) fn request<'a>(
        &'a self,
        endpoints: &'a Endpoints,
        params: AuthorizationParams<'a>,
        nonce: Option<&'a Secret>,
    ) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            endpoint: &endpoints.authorization,
            client_id: &self.client.id,
            redirect_uri: params.redirect_uri,
            scopes: &self.scopes,
            scope_separator: &self.scope_separator,
            encode_spaces_as_percent20: self.encode_spaces_as_percent20,
            state: params.state,
            code_challenge: params.code_challenge,
            nonce: nonce.map(Secret::expose),
            parameters: params.parameters,
        }
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256_hex(nonce: &Secret) -> Secret {
    let hash = digest(&SHA256, nonce.expose().as_bytes());
    Secret::new(hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{provider, settings_for};
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
            ..settings_for("workos")
        };
        let workos = provider("workos", &settings).expect("a provider");
        let defaults = pairs(&[("domain", "example.org"), ("organization", "org_default")]);
        assert_eq!(workos.authorization_parameters(&BTreeMap::new()), defaults);
        let requested = pairs(&[
            ("organization", "org_x"),
            ("connection", ""),
            ("domain", "evil.example"),
            ("state", "evil"),
            ("provider", "GoogleOAuth"),
        ]);
        let said = pairs(&[("domain", "example.org"), ("organization", "org_x")]);
        assert_eq!(workos.authorization_parameters(&requested), said);
        let google = provider("google", &settings_for("google")).expect("a provider");
        assert_eq!(google.authorization_parameters(&requested), BTreeMap::new());
    }

    #[test]
    fn what_is_reserved_stays_reserved_even_if_a_page_forgets_it() {
        let mut google = provider("google", &settings_for("google")).expect("a provider");
        google.client_parameters = ["state", "Redirect_URI", "nonce"].map(str::to_owned).to_vec();
        let requested = pairs(&[("state", "x"), ("Redirect_URI", "x"), ("nonce", "x")]);
        assert_eq!(google.authorization_parameters(&requested), BTreeMap::new());
    }

    #[test]
    fn a_hashed_nonce_is_what_others_send() {
        let nonce = Secret::new("raw-nonce-0001");
        let expected = "cc738730c72e8ece716178e8af77e3454d89dfa870d9fbb83fac40a42cba978f";
        assert_eq!(sha256_hex(&nonce).expose(), expected);
        for (name, sent) in [("google", Some(expected)), ("entraid", Some("raw-nonce-0001")), ("linkedin", None)] {
            let provider = provider(name, &settings_for(name)).expect("a provider");
            assert_eq!(provider.sent_nonce(&nonce).as_ref().map(Secret::expose), sent, "{name}");
            assert_eq!(provider.uses_nonce(), sent.is_some(), "{name}");
        }
    }
}
