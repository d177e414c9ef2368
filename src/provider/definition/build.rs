//! Merges a definition with the settings, which win.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use url::Url;

use super::DefinitionError;
use super::format::{ClaimsDefinition, ProtocolKind, ProviderDefinition};
use super::placeholders::Placeholders;
use crate::domain::custody::Custody;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::oauth::client::ClientCredentials;
use crate::oauth::http::HttpPolicy;
use crate::oauth::profile::email_verification::EmailVerificationRule;
use crate::oauth::profile::{EmailMap, ProfileMap};
use crate::oauth::revoke::RevocationStyle;
use crate::provider::client_signer::ClientSigner;
use crate::provider::model::{ConfiguredEndpoints, Protocol, Provider};
use crate::provider::quirk::Quirk;
use crate::settings::ProviderSettings;

impl ProviderDefinition {
    /// The provider that definition and settings make.
    ///
    /// # Errors
    /// [`DefinitionError`]
    pub(super) fn build(
        self,
        name: ProviderName,
        settings: &ProviderSettings,
        http: HttpPolicy,
    ) -> Result<Provider, DefinitionError> {
        let placeholders = self.placeholders(settings)?;
        let configured = self.endpoints(settings, &placeholders)?;
        let protocol = self.protocol(settings, &configured, &placeholders)?;
        let authentication = settings.client_authentication.unwrap_or(self.client_authentication);
        let mut scopes = settings.scopes.clone().unwrap_or(self.scopes);
        let mut parameters = self.parameters;
        if settings.custody == Custody::Managed {
            scopes.extend(self.offline.scopes.into_iter().filter(|scope| !scopes.contains(scope)).collect::<Vec<_>>());
            parameters.extend(self.offline.parameters);
        }
        parameters.extend(workos_defaults(settings));
        parameters.extend(settings.parameters.clone());
        let response_mode = settings.response_mode.clone().or(self.response_mode);
        parameters.extend(response_mode.map(|mode| ("response_mode".to_owned(), mode)));
        let headers = self.headers.iter().map(|(name, text)| Ok((name.clone(), placeholders.fill(text)?)));
        let required = self.required.iter().map(|(path, value)| {
            let path = path.parse::<JsonPath>().map_err(|error| DefinitionError::Invalid(error.to_string()))?;
            Ok((path, value.clone()))
        });
        Ok(Provider {
            label: settings.label.clone().unwrap_or(self.label),
            icon: settings.icon.clone().or(self.icon).unwrap_or_else(|| name.as_str().to_owned()),
            signer: ClientSigner::from_settings(self.quirk, authentication, settings)?,
            client: ClientCredentials {
                id: settings.client_id.clone(),
                secret: settings.client_secret.clone(),
                authentication,
            },
            audiences: settings.audiences.clone(),
            client_nonce: settings.client_nonce.unwrap_or(self.client_nonce),
            scopes,
            allowed_scopes: settings.allowed_scopes.clone(),
            scope_separator: self.scope_separator,
            encode_spaces_as_percent20: self.encode_spaces_as_percent20,
            parameters,
            client_parameters: self.client_parameters,
            headers: headers.collect::<Result<_, DefinitionError>>()?,
            uses_pkce: settings.pkce.unwrap_or(self.pkce),
            nonce: self.nonce,
            uses_pushed_authorization: settings.pushed_authorization.unwrap_or(true),
            claims: profile_map(self.claims, settings)?,
            profile_in_token_response: self.profile_in_token_response,
            profile_source: settings.profile_source.clone(),
            emails_endpoint: self.emails,
            custom_claims: Vec::new(),
            required: required.collect::<Result<_, DefinitionError>>()?,
            probe: self.probe,
            custody: settings.custody,
            refresh: self.refresh,
            rotation: settings.rotation.unwrap_or(self.rotation),
            reauthorization_parameters: self.offline.reauthorization_parameters,
            revocation: self.revocation.map_or(RevocationStyle::Standard, |revocation| revocation.style),
            protocol,
            configured,
            quirk: self.quirk.map(|quirk| Quirk::new(quirk, settings)),
            http,
            name,
            metrics: Arc::default(),
            fingerprint: OnceLock::new(),
        })
    }

    fn placeholders(&self, settings: &ProviderSettings) -> Result<Placeholders, DefinitionError> {
        let mut placeholders = Placeholders::default();
        placeholders.set("client_id", &settings.client_id);
        placeholders.extend(&self.variables)?;
        if let Some(base) = &settings.base_url {
            placeholders.set("base", base.as_str().trim_end_matches('/'));
            placeholders.extend(&self.variables_with_base_url)?;
        }
        for (name, value) in [("tenant", &settings.tenant), ("version", &settings.version)] {
            if let Some(text) = value {
                placeholders.set(name, text);
            }
        }
        Ok(placeholders)
    }

    fn endpoints(
        &self,
        settings: &ProviderSettings,
        placeholders: &Placeholders,
    ) -> Result<ConfiguredEndpoints, DefinitionError> {
        let or = |set: &Option<Url>, definition: Option<&String>| match (set, definition) {
            (Some(set), _) => Ok(Some(set.clone())),
            (None, Some(definition)) => placeholders.url(definition).map(Some),
            (None, None) => Ok(None),
        };
        // Another server answers in its own name, so the definition's `iss` applies to the definition's server only.
        let is_moved = settings.authorization_url.is_some() || settings.issuer.is_some() || settings.base_url.is_some();
        let own = settings.issuer.clone().filter(|issuer| !issuer.contains('{'));
        // Tokens are revoked where they were issued and never sent elsewhere.
        let is_token_moved = settings.token_url.is_some() || settings.issuer.is_some();
        let revocation = self.revocation.as_ref().filter(|_| !is_token_moved).map(|revocation| &revocation.url);
        Ok(ConfiguredEndpoints {
            request_token: or(&settings.request_token_url, self.request_token_url.as_ref())?,
            authorization: or(&settings.authorization_url, self.authorization_url.as_ref())?,
            token: or(&settings.token_url, self.token_url.as_ref())?,
            userinfo: or(&settings.userinfo_url, self.userinfo_url.as_ref())?,
            jwks: or(&settings.jwks_url, self.jwks_url.as_ref())?,
            revocation: or(&settings.revocation_url, revocation)?,
            response_issuer: own.or_else(|| self.response_issuer.clone().filter(|_| !is_moved)),
        })
    }

    fn protocol(
        &self,
        settings: &ProviderSettings,
        configured: &ConfiguredEndpoints,
        placeholders: &Placeholders,
    ) -> Result<Protocol, DefinitionError> {
        let missing = |key: &str| DefinitionError::Missing(key.to_owned());
        let require = |endpoints: &[(&str, &Option<Url>)]| {
            let found = endpoints.iter().find(|(_, endpoint)| endpoint.is_none());
            found.map_or(Ok(()), |(key, _)| Err(missing(key)))
        };
        let oauth2 = [
            ("authorization_url", &configured.authorization),
            ("token_url", &configured.token),
            ("userinfo_url", &configured.userinfo),
        ];
        match self.protocol {
            ProtocolKind::Oidc => {
                let issuer = self.issuer.as_ref().map(|issuer| placeholders.fill(issuer)).transpose()?;
                Ok(Protocol::Oidc {
                    additional_issuers: if settings.issuer.is_some() {
                        Vec::new()
                    } else {
                        self.additional_issuers.clone()
                    },
                    issuer: settings.issuer.clone().or(issuer).ok_or_else(|| missing("issuer"))?,
                    algorithms: settings.id_token_algorithms.clone().unwrap_or(self.id_token_algorithms.clone()),
                    are_algorithms_set: settings.id_token_algorithms.is_some(),
                })
            }
            ProtocolKind::OAuth2 => require(&oauth2).map(|()| Protocol::OAuth2),
            ProtocolKind::OAuth1 => {
                require(&oauth2)?;
                require(&[("request_token_url", &configured.request_token)]).map(|()| Protocol::OAuth1)
            }
        }
    }
}

/// Parameters of every authorization request that an app may replace (WorkOS).
fn workos_defaults(settings: &ProviderSettings) -> BTreeMap<String, String> {
    let defaults = [
        ("connection", &settings.default_connection),
        ("organization", &settings.default_organization),
        ("domain", &settings.default_domain),
    ];
    defaults.into_iter().filter_map(|(name, set)| Some((name.to_owned(), set.clone()?))).collect()
}

fn profile_map(definition: ClaimsDefinition, settings: &ProviderSettings) -> Result<ProfileMap, DefinitionError> {
    let set = |name: &str| settings.claims.get(name).cloned();
    let selector = |name: &str, definition| set(name).map(Into::into).or(definition);
    let id = set("id").map_or(definition.id, |path| vec![path]);
    if id.is_empty() {
        return Err(DefinitionError::Missing("claims.id".to_owned()));
    }
    let email = selector("email", definition.email.clone());
    // The definition's proof is about the definition's address. An address from elsewhere needs a proof of its own.
    let is_moved = email != definition.email;
    let (verified, rule) = match set("email_verified") {
        Some(path) => (Some(path), definition.email_verification),
        None if is_moved => (None, EmailVerificationRule::Never),
        None => (definition.email_verified, definition.email_verification),
    };
    Ok(ProfileMap {
        id,
        email: email.map(|email| EmailMap { email, verified, rule }),
        name: selector("name", definition.name),
        picture: selector("picture", definition.picture),
        picture_url: definition.picture_url,
        simulated_pictures: None,
        locale: selector("locale", definition.locale),
    })
}
