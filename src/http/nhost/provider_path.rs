//! The providers that may stand in a path or a body.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::errors::NhostError;
use crate::domain::id::ProviderName;
use crate::http::cookies::has_flow_of_query;
use crate::http::extract::rejection::http_state;
use crate::http::state::HttpState;

/// The names that the specification page lists; others exist only if they are configured.
const BUILT_IN_NAMES: [&str; 16] = [
    "apple",
    "github",
    "google",
    "linkedin",
    "discord",
    "spotify",
    "twitch",
    "gitlab",
    "bitbucket",
    "workos",
    "azuread",
    "entraid",
    "strava",
    "facebook",
    "windowslive",
    "twitter",
];

/// The segment `{provider}` of a path.
pub(super) struct ProviderPath(pub(super) ProviderName);

impl FromRequest for ProviderPath {
    type Error = NhostError;
    type Future = Ready<Result<Self, NhostError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("provider").unwrap_or_default();
        ready(http_state(request).map_err(NhostError::from).and_then(|http| provider_name(http, text)).map(Self))
    }
}

/// The segment `{provider}` of a callback. The provider may have been removed since the browser's flow began.
pub(super) struct CallbackPath(pub(super) ProviderName);

impl FromRequest for CallbackPath {
    type Error = NhostError;
    type Future = Ready<Result<Self, NhostError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("provider").unwrap_or_default();
        let name = http_state(request).map_err(NhostError::from).and_then(|http| {
            let name = parse(text)?;
            if exists(http, &name) || has_flow_of_query(http, request) {
                Ok(name)
            } else {
                Err(NhostError::unknown_provider())
            }
        });
        ready(name.map(Self))
    }
}

/// A name that is listed or configured.
pub(super) fn provider_name(http: &HttpState, text: &str) -> Result<ProviderName, NhostError> {
    parse(text).and_then(|name| if exists(http, &name) { Ok(name) } else { Err(NhostError::unknown_provider()) })
}

/// `c:` is an older prefix of custom providers.
fn parse(text: &str) -> Result<ProviderName, NhostError> {
    text.strip_prefix("c:").unwrap_or(text).parse().map_err(|_| NhostError::unknown_provider())
}

fn exists(http: &HttpState, name: &ProviderName) -> bool {
    BUILT_IN_NAMES.contains(&name.as_str()) || http.providers.get(name).is_some()
}

/// The redirect URI of a provider, as it is registered there.
pub(super) fn redirect_uri(http: &HttpState, provider: &ProviderName) -> String {
    format!("{}/signin/provider/{provider}/callback", http.public_base)
}
