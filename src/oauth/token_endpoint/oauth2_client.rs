//! The client of the `oauth2` crate, set up for one provider.

use std::fmt;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields, StandardRevocableToken,
    StandardTokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::secret::Secret;
use crate::oauth::client::ClientCredentials;

/// The members of a token response beyond those of RFC 6749. The crate requires `Debug`, which must not print them.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct ExtraMembers {
    #[serde(default, skip_serializing)]
    pub(super) id_token: Option<Secret>,
    #[serde(flatten, skip_serializing)]
    pub(super) extra_fields: Map<String, Value>,
}

impl fmt::Debug for ExtraMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl ExtraTokenFields for ExtraMembers {}

/// The crate's `BasicClient` with [`ExtraMembers`] and a token endpoint.
pub(super) type TokenClient = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<ExtraMembers, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The crate's client with our credentials.
pub(super) fn token_client(credentials: &ClientCredentials, token_endpoint: &Url) -> TokenClient {
    let secret = || credentials.secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
    let (style, secret) = match credentials.authentication {
        ClientAuthentication::ClientSecretBasic => (AuthType::BasicAuth, secret()),
        ClientAuthentication::ClientSecretPost => (AuthType::RequestBody, secret()),
        ClientAuthentication::PrivateKeyJwt | ClientAuthentication::None => (AuthType::RequestBody, None),
    };
    let client = oauth2::Client::new(ClientId::new(credentials.id.clone()))
        .set_token_uri(TokenUrl::from_url(token_endpoint.clone()))
        .set_auth_type(style);
    match secret {
        Some(secret) => client.set_client_secret(secret),
        None => client,
    }
}
