//! The names that may stand where a path says `{provider}`.

use super::errors::NhostError;
use crate::domain::id::ProviderName;
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

/// A name that is listed or configured; `c:` before a configured one is an older way to write it.
pub(super) fn provider_name(http: &HttpState, text: &str) -> Result<ProviderName, NhostError> {
    let unknown = || NhostError::invalid_request("there is no provider of this name");
    let name: ProviderName = text.strip_prefix("c:").unwrap_or(text).parse().map_err(|_| unknown())?;
    if BUILT_IN_NAMES.contains(&name.as_str()) || http.providers.get(&name).is_some() {
        Ok(name)
    } else {
        Err(unknown())
    }
}

/// Where the provider sends browsers: registered there, so always the same text.
pub(super) fn redirect_uri(http: &HttpState, provider: &ProviderName) -> String {
    format!("{}/signin/provider/{provider}/callback", http.public_base)
}
