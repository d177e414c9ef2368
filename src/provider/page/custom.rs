//! The page of a provider that has none: what its kind says, before the settings say the rest.

use super::format::{NonceStyle, Page, PageClaims, PageProtocol};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::id::ProviderName;
use crate::settings::ProviderKind;

/// Asymmetric algorithms that an unknown OpenID provider may sign with.
const USUAL_ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

impl Page {
    pub(super) fn custom(name: &ProviderName, kind: ProviderKind) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let page = Self {
            label: name.as_str().to_owned(),
            icon: None,
            protocol: PageProtocol::OAuth2,
            issuer: None,
            also_issuers: Vec::new(),
            request_token_url: None,
            authorization_url: None,
            token_url: None,
            userinfo_url: None,
            jwks_url: None,
            response_issuer: None,
            scopes: Vec::new(),
            scope_separator: " ".to_owned(),
            are_blanks_percent_encoded: false,
            client_authentication: ClientAuthentication::ClientSecretBasic,
            pkce: true,
            nonce: NonceStyle::None,
            response_mode: None,
            id_token_algorithms: Vec::new(),
            parameters: Default::default(),
            open_parameters: Vec::new(),
            headers: Default::default(),
            places: Default::default(),
            places_when_moved: Default::default(),
            profile_in_token_answer: None,
            addresses: None,
            required: Default::default(),
            refresh: Default::default(),
            revocation: None,
            quirk: None,
            claims: PageClaims::default(),
        };
        match kind {
            ProviderKind::OAuth2 => page,
            ProviderKind::Oidc => Self {
                protocol: PageProtocol::Oidc,
                scopes: owned(&["openid", "email", "profile"]),
                nonce: NonceStyle::Plain,
                id_token_algorithms: owned(&USUAL_ALGORITHMS),
                claims: standard(),
                ..page
            },
        }
    }
}

/// The claims of OpenID Connect Core section 5.1.
fn standard() -> PageClaims {
    let claim = |name: &str| name.parse().ok();
    PageClaims {
        id: "sub".parse().ok(),
        email: claim("email"),
        email_verified: "email_verified".parse().ok(),
        name: claim("name"),
        picture: claim("picture"),
        locale: claim("locale"),
        ..PageClaims::default()
    }
}
