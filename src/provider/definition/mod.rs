//! Provider definitions: `config/providers/*.toml`, or one made for a custom provider, merged with the settings.
//!
//! `format` is the notation of a definition, `placeholders` fills in its variables, `custom` makes the definition of a
//! provider that is not built in, `build` merges definition and settings.

mod build;
mod custom;
mod format;
mod placeholders;

use std::collections::BTreeMap;

use format::ProviderDefinition;

use super::client_signer::SignerError;
use super::model::Provider;
use crate::domain::claims::ClaimRule;
use crate::domain::id::ProviderName;
use crate::oauth::http::HttpPolicy;
use crate::settings::{PROVIDER_DEFINITIONS, ProviderSettings};

/// Why definition and settings do not make a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The provider is not built in, and the settings do not name its type.
    #[error("it is not built in, so `type` must be set")]
    NoDefinition,
    /// The built-in definition does not parse.
    #[error("its definition is invalid: {0}")]
    Invalid(String),
    /// A required setting is missing.
    #[error("`{0}` is missing")]
    Missing(String),
    /// The private key cannot be used.
    #[error(transparent)]
    PrivateKey(#[from] SignerError),
}

/// The providers that the settings turn on, with the operator's claims for access tokens.
///
/// # Errors
/// The name of the provider that cannot be built, and why.
pub fn build_providers(
    settings: &BTreeMap<ProviderName, ProviderSettings>,
    custom_claims: &[ClaimRule],
    http: &HttpPolicy,
) -> Result<Vec<Provider>, (ProviderName, DefinitionError)> {
    let build = |(name, settings): (&ProviderName, &ProviderSettings)| {
        let provider = build_provider(name, settings, http).map_err(|error| (name.clone(), error))?;
        Ok(Provider { custom_claims: custom_claims.to_vec(), ..provider })
    };
    settings.iter().map(build).collect()
}

/// One provider, without custom claims.
///
/// # Errors
/// [`DefinitionError`]
pub(super) fn build_provider(
    name: &ProviderName,
    settings: &ProviderSettings,
    http: &HttpPolicy,
) -> Result<Provider, DefinitionError> {
    definition(name, settings)?.build(name.clone(), settings, http.clone())
}

/// The built-in definition of a provider (or of the version that is set), or one for a custom provider.
fn definition(name: &ProviderName, settings: &ProviderSettings) -> Result<ProviderDefinition, DefinitionError> {
    if let Some(kind) = settings.kind {
        return Ok(ProviderDefinition::custom(name, kind));
    }
    let named = |wanted: &str| PROVIDER_DEFINITIONS.iter().find(|(name, _)| *name == wanted);
    // A version with another protocol has a definition of its own.
    let version = settings.version.as_deref().and_then(|version| named(&format!("{name}@{version}")));
    let (_, text) = version.or_else(|| named(name.as_str())).ok_or(DefinitionError::NoDefinition)?;
    toml::from_str(text).map_err(|error| DefinitionError::Invalid(error.message().to_owned()))
}
