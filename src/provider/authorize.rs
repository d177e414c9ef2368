//! The authorization request to a provider (RFC 6749 section 4.1.1).

use std::collections::BTreeMap;

use super::model::{Endpoints, Provider};
use crate::domain::reserved::is_reserved;
use crate::domain::secret::Secret;
use crate::oauth::authorize::AuthorizationRequest;

/// The parts of the request that differ from flow to flow.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationParams<'a> {
    /// Where the provider sends the browser.
    pub redirect_uri: &'a str,
    /// The state, which the provider returns.
    pub state: &'a str,
    /// The S256 challenge.
    pub code_challenge: Option<&'a str>,
    /// The flow's nonce, before [`Provider::sent_nonce`].
    pub nonce: Option<&'a Secret>,
    /// The result of [`Provider::requested_scopes`].
    pub scopes: &'a [String],
    /// The result of [`Provider::authorization_parameters`].
    pub parameters: &'a BTreeMap<String, String>,
}

impl Provider {
    /// The additional parameters of definition and settings, and of `requested` by the app those that the definition
    /// leaves to apps. Reserved ones never are.
    #[must_use]
    pub fn authorization_parameters(&self, requested: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut parameters = self.parameters.clone();
        let allowed = requested.iter().filter(|(name, value)| self.allows_client_parameter(name) && !value.is_empty());
        parameters.extend(allowed.map(|(name, value)| (name.clone(), value.clone())));
        parameters
    }

    /// Whether apps may set a parameter.
    #[must_use]
    pub fn allows_client_parameter(&self, name: &str) -> bool {
        !is_reserved(name) && self.client_parameters.iter().any(|allowed| allowed == name)
    }

    /// The URL that the browser is sent to.
    #[must_use]
    pub fn authorization_url(&self, endpoints: &Endpoints, params: AuthorizationParams<'_>) -> String {
        let nonce = params.nonce.and_then(|nonce| self.sent_nonce(nonce));
        self.authorization_request(endpoints, params, nonce.as_ref()).url()
    }

    pub(super) fn authorization_request<'a>(
        &'a self,
        endpoints: &'a Endpoints,
        params: AuthorizationParams<'a>,
        nonce: Option<&'a Secret>,
    ) -> AuthorizationRequest<'a> {
        AuthorizationRequest {
            endpoint: &endpoints.authorization,
            client_id: &self.client.id,
            redirect_uri: params.redirect_uri,
            scopes: params.scopes,
            scope_separator: &self.scope_separator,
            encode_spaces_as_percent20: self.encode_spaces_as_percent20,
            state: params.state,
            code_challenge: params.code_challenge,
            nonce: nonce.map(Secret::expose),
            parameters: params.parameters,
        }
    }
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
    fn app_sets_client_parameters_and_no_other() {
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
        let expected = pairs(&[("domain", "example.org"), ("organization", "org_x")]);
        assert_eq!(workos.authorization_parameters(&requested), expected);
        let google = provider("google", &settings_for("google")).expect("a provider");
        assert_eq!(google.authorization_parameters(&requested), BTreeMap::new());
    }

    #[test]
    fn reserved_parameter_is_never_set_by_an_app() {
        let mut google = provider("google", &settings_for("google")).expect("a provider");
        google.client_parameters = ["state", "Redirect_URI", "nonce"].map(str::to_owned).to_vec();
        let requested = pairs(&[("state", "x"), ("Redirect_URI", "x"), ("nonce", "x")]);
        assert_eq!(google.authorization_parameters(&requested), BTreeMap::new());
    }
}
