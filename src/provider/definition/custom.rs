//! The definition of a custom provider: the defaults of its type.

use std::collections::BTreeMap;

use super::format::{ClaimsDefinition, OfflineDefinition, ProtocolKind, ProviderDefinition};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::client_nonce::ClientNonce;
use crate::domain::id::ProviderName;
use crate::provider::model::NonceStyle;
use crate::settings::ProviderKind;

/// The allowed algorithms of id_tokens, as far as the metadata lists them.
const DEFAULT_ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

impl ProviderDefinition {
    pub(super) fn custom(name: &ProviderName, kind: ProviderKind) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let definition = Self {
            label: name.as_str().to_owned(),
            icon: None,
            protocol: ProtocolKind::OAuth2,
            issuer: None,
            additional_issuers: Vec::new(),
            request_token_url: None,
            authorization_url: None,
            token_url: None,
            userinfo_url: None,
            jwks_url: None,
            response_issuer: None,
            scopes: Vec::new(),
            scope_separator: " ".to_owned(),
            encode_spaces_as_percent20: false,
            client_authentication: ClientAuthentication::ClientSecretBasic,
            pkce: true,
            nonce: NonceStyle::None,
            client_nonce: ClientNonce::default(),
            response_mode: None,
            id_token_algorithms: Vec::new(),
            parameters: Default::default(),
            client_parameters: Vec::new(),
            headers: Default::default(),
            variables: Default::default(),
            variables_with_base_url: Default::default(),
            profile_in_token_response: None,
            emails: None,
            required: Default::default(),
            refresh: Default::default(),
            rotation: Default::default(),
            offline: OfflineDefinition::default(),
            revocation: None,
            probe: Default::default(),
            quirk: None,
            claims: ClaimsDefinition::default(),
        };
        match kind {
            ProviderKind::OAuth2 => Self { claims: standard_claims(&["sub", "id"]), ..definition },
            ProviderKind::Oidc => Self {
                protocol: ProtocolKind::Oidc,
                scopes: owned(&["openid", "email", "profile"]),
                nonce: NonceStyle::Plain,
                client_parameters: owned(&["prompt", "login_hint", "max_age", "ui_locales", "acr_values"]),
                id_token_algorithms: owned(&DEFAULT_ALGORITHMS),
                claims: standard_claims(&["sub"]),
                // OpenID Connect Core section 11: a refresh token takes the scope, and may take the consent.
                offline: OfflineDefinition {
                    scopes: owned(&["offline_access"]),
                    reauthorization_parameters: BTreeMap::from([("prompt".to_owned(), "consent".to_owned())]),
                    ..OfflineDefinition::default()
                },
                ..definition
            },
        }
    }
}

/// The claims of OpenID Connect Core section 5.1, with the id at the first of `ids` that is present.
fn standard_claims(ids: &[&str]) -> ClaimsDefinition {
    let claim = |name: &str| name.parse().ok();
    ClaimsDefinition {
        id: ids.iter().filter_map(|id| id.parse().ok()).collect(),
        email: claim("email"),
        email_verified: "email_verified".parse().ok(),
        name: claim("name"),
        picture: claim("picture"),
        locale: claim("locale"),
        ..ClaimsDefinition::default()
    }
}
