//! What an app asks of the provider, alike in a query and in a body.

use serde::Deserialize;

use super::errors::NhostError;
use crate::domain::scopes;
use crate::flow::service::AskedOfProvider;

/// `providerSpecificParams` of the specification page, and parameters of OpenID Connect Core section 3.1.2.1, by their
/// names there. The provider's definition decides which are used.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProviderParams {
    pub(super) connection: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(super) ui_locales: Option<String>,
    pub(super) acr_values: Option<String>,
    /// In seconds.
    pub(super) max_age: Option<u32>,
}

impl ProviderParams {
    /// The same with scopes, which spaces or commas separate.
    pub(super) fn with_scopes(self, scopes: Option<&str>) -> AskedOfProvider {
        let parameters = [
            ("connection", self.connection),
            ("organization", self.organization),
            ("prompt", self.prompt),
            ("login_hint", self.login_hint),
            ("ui_locales", self.ui_locales),
            ("acr_values", self.acr_values),
        ];
        AskedOfProvider {
            scopes: scopes.map(scopes::split).unwrap_or_default(),
            max_age: self.max_age.map(u64::from),
            parameters: parameters.into_iter().filter_map(|(name, set)| Some((name.to_owned(), set?))).collect(),
        }
    }
}

/// `max_age` of a query.
pub(super) fn max_age(text: Option<String>) -> Result<Option<u32>, NhostError> {
    let seconds = text.map(|text| text.parse()).transpose();
    seconds.map_err(|_| NhostError::invalid_request("max_age is a number of seconds"))
}
