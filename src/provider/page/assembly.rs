//! Page and settings, put together to a provider; what is set wins.

use std::collections::BTreeMap;

use url::Url;

use super::PageError;
use super::format::{Page, PageClaims, PageProtocol};
use super::template::Places;
use crate::domain::id::ProviderName;
use crate::domain::json_path::JsonPath;
use crate::oauth::exchange::ClientCredentials;
use crate::oauth::http::HttpPolicy;
use crate::oauth::profile::ProfileMap;
use crate::oauth::revoke::RevocationStyle;
use crate::provider::credentials::Signer;
use crate::provider::quirk::Quirk;
use crate::provider::{KnownEndpoints, Protocol, Provider};
use crate::settings::ProviderSettings;

impl Page {
    /// The provider that page and settings make together.
    ///
    /// # Errors
    /// [`PageError`]
    pub fn provider(
        self,
        name: ProviderName,
        settings: &ProviderSettings,
        http: HttpPolicy,
    ) -> Result<Provider, PageError> {
        let places = self.places(settings)?;
        let known = self.known(settings, &places)?;
        let protocol = self.protocol(settings, &known, &places)?;
        let authentication = settings.client_authentication.unwrap_or(self.client_authentication);
        let mut parameters = self.parameters;
        parameters.extend(selectors(settings));
        parameters.extend(settings.parameters.clone());
        let response_mode = settings.response_mode.clone().or(self.response_mode);
        parameters.extend(response_mode.map(|mode| ("response_mode".to_owned(), mode)));
        let headers = self.headers.iter().map(|(name, text)| Ok((name.clone(), places.fill(text)?)));
        let required = self.required.iter().map(|(path, value)| {
            let path = path.parse::<JsonPath>().map_err(|error| PageError::Broken(error.to_string()))?;
            Ok((path, value.clone()))
        });
        Ok(Provider {
            label: settings.label.clone().unwrap_or(self.label),
            icon: settings.icon.clone().or(self.icon).unwrap_or_else(|| name.as_str().to_owned()),
            signer: Signer::of(self.quirk, authentication, settings)?,
            client: ClientCredentials {
                id: settings.client_id.clone(),
                secret: settings.client_secret.clone(),
                authentication,
            },
            audiences: settings.audiences.clone(),
            scopes: settings.scopes.clone().unwrap_or(self.scopes),
            scope_separator: self.scope_separator,
            are_blanks_percent_encoded: self.are_blanks_percent_encoded,
            parameters,
            open_parameters: self.open_parameters,
            headers: headers.collect::<Result<_, PageError>>()?,
            is_pkce_used: settings.pkce.unwrap_or(self.pkce),
            nonce: self.nonce,
            claims: profile_map(self.claims, settings)?,
            profile_in_token_answer: self.profile_in_token_answer,
            addresses: self.addresses,
            custom_claims: Vec::new(),
            required: required.collect::<Result<_, PageError>>()?,
            refresh: self.refresh,
            revocation: self.revocation.map_or(RevocationStyle::Standard, |revocation| revocation.style),
            protocol,
            known,
            quirk: self.quirk.map(|quirk| Quirk::new(quirk, settings)),
            http,
            name,
        })
    }

    fn places(&self, settings: &ProviderSettings) -> Result<Places, PageError> {
        let mut places = Places::default();
        places.set("client_id", &settings.client_id);
        places.extend(&self.places)?;
        if let Some(base) = &settings.base_url {
            places.set("base", base.as_str().trim_end_matches('/'));
            places.extend(&self.places_when_moved)?;
        }
        for (name, set) in [("tenant", &settings.tenant), ("version", &settings.version)] {
            if let Some(text) = set {
                places.set(name, text);
            }
        }
        Ok(places)
    }

    fn known(&self, settings: &ProviderSettings, places: &Places) -> Result<KnownEndpoints, PageError> {
        let or = |set: &Option<Url>, page: Option<&String>| match (set, page) {
            (Some(set), _) => Ok(Some(set.clone())),
            (None, Some(page)) => places.url(page).map(Some),
            (None, None) => Ok(None),
        };
        // Somebody else's endpoints answer in their own name, so the page's expectation goes with the page's issuer.
        let is_moved = settings.authorization_url.is_some() || settings.issuer.is_some() || settings.base_url.is_some();
        let own = settings.issuer.clone().filter(|issuer| !issuer.contains('{'));
        // Tokens are given back where they came from: never ours to a provider's, nor a provider's to ours.
        let is_token_moved = settings.token_url.is_some() || settings.issuer.is_some();
        let revocation = self.revocation.as_ref().filter(|_| !is_token_moved).map(|revocation| &revocation.url);
        Ok(KnownEndpoints {
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
        known: &KnownEndpoints,
        places: &Places,
    ) -> Result<Protocol, PageError> {
        let missing = |key: &str| PageError::Missing(key.to_owned());
        let needed = |endpoints: &[(&str, &Option<Url>)]| {
            let found = endpoints.iter().find(|(_, endpoint)| endpoint.is_none());
            found.map_or(Ok(()), |(key, _)| Err(missing(key)))
        };
        let three = [
            ("authorization_url", &known.authorization),
            ("token_url", &known.token),
            ("userinfo_url", &known.userinfo),
        ];
        match self.protocol {
            PageProtocol::Oidc => {
                let issuer = self.issuer.as_ref().map(|issuer| places.fill(issuer)).transpose()?;
                Ok(Protocol::Oidc {
                    also_issuers: if settings.issuer.is_some() { Vec::new() } else { self.also_issuers.clone() },
                    issuer: settings.issuer.clone().or(issuer).ok_or_else(|| missing("issuer"))?,
                    algorithms: settings.id_token_algorithms.clone().unwrap_or(self.id_token_algorithms.clone()),
                })
            }
            PageProtocol::OAuth2 => needed(&three).map(|()| Protocol::OAuth2),
            PageProtocol::OAuth1 => {
                needed(&three)?;
                needed(&[("request_token_url", &known.request_token)]).map(|()| Protocol::OAuth1)
            }
        }
    }
}

/// What stands in every authorization request unless the app says otherwise (WorkOS).
fn selectors(settings: &ProviderSettings) -> BTreeMap<String, String> {
    let defaults = [
        ("connection", &settings.default_connection),
        ("organization", &settings.default_organization),
        ("domain", &settings.default_domain),
    ];
    defaults.into_iter().filter_map(|(name, set)| Some((name.to_owned(), set.clone()?))).collect()
}

fn profile_map(page: PageClaims, settings: &ProviderSettings) -> Result<ProfileMap, PageError> {
    let set = |name: &str| settings.claims.get(name).cloned();
    let places = |name: &str, page| set(name).map(Into::into).or(page);
    Ok(ProfileMap {
        id: set("id").or(page.id).ok_or_else(|| PageError::Missing("claims.id".to_owned()))?,
        email: places("email", page.email),
        email_verified: set("email_verified").or(page.email_verified),
        proof: page.proof,
        name: places("name", page.name),
        picture: places("picture", page.picture),
        picture_url: page.picture_url,
        locale: places("locale", page.locale),
    })
}
