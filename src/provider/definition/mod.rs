//! A provider as a page of data: what `config/providers/*.toml` says, and what a custom provider is made of.
//!
//! `format` is the page as it is written, `template` fills its places, `custom` makes the page of a provider
//! that has none, `assembly` puts page and settings together. No page knows of another.

mod build;
mod custom;
mod format;
mod placeholders;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use format::{EmailsEndpoint, NonceStyle, ProviderDefinition, RefreshStyle};

use crate::domain::id::ProviderName;
use crate::settings::{PROVIDER_DEFINITIONS, ProviderSettings};

/// Why page and settings do not make a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// There is no page of this name, and the settings do not say what it is.
    #[error("it has no definition of its own, so `type` must be set")]
    NoDefinition,
    /// The page that comes with us does not parse.
    #[error("its definition is broken: {0}")]
    Invalid(String),
    /// Something that cannot be left out is missing.
    #[error("`{0}` is missing")]
    Missing(String),
    /// The private key does not sign as the provider wants it.
    #[error("`private_key` is not a private key of the right kind in PEM (PKCS#8)")]
    UnsuitablePrivateKey,
}

impl ProviderDefinition {
    /// The page of a provider: its own (or that of the version that is set), or one made for a custom provider.
    ///
    /// # Errors
    /// [`DefinitionError`]
    pub fn of(name: &ProviderName, settings: &ProviderSettings) -> Result<Self, DefinitionError> {
        if let Some(kind) = settings.kind {
            return Ok(Self::custom(name, kind));
        }
        let named = |wanted: &str| PROVIDER_DEFINITIONS.iter().find(|(definition, _)| *definition == wanted);
        // A version may have a page of its own, because it speaks another protocol.
        let version = settings.version.as_deref().and_then(|version| named(&format!("{name}@{version}")));
        let (_, text) = version.or_else(|| named(name.as_str())).ok_or(DefinitionError::NoDefinition)?;
        toml::from_str(text).map_err(|error| DefinitionError::Invalid(error.message().to_owned()))
    }
}

/// 64 bits of a hash as text: enough to notice a change.
pub(super) fn short_hash(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
}
