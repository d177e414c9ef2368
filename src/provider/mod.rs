//! The identity providers: definitions as data, merged with the settings, and what a flow does with a provider.
//!
//! [`definition`] builds a [`Provider`] out of a definition and the settings, [`quirk`] is code for what a definition
//! cannot express. A flow uses [`authorize`], [`credentials`], [`identify`], [`client_id_token`], [`oauth1`], refresh and
//! revocation. [`registry`] is the actor that fetches metadata and keys, [`providers`] the view on its cache. Imports
//! `domain`, `actor`, `settings` and `oauth`.

pub mod authorize;
pub mod breaker;
pub mod client_id_token;
mod client_signer;
pub mod credentials;
pub mod definition;
mod emails;
#[cfg(feature = "pages")]
pub mod health;
pub mod identify;
mod jwks_cooldown;
pub mod metadata_cache;
mod model;
mod nonce;
pub mod oauth1;
mod par;
#[cfg(feature = "cli")]
pub mod probe;
pub mod providers;
pub mod quirk;
mod refresh;
pub mod registry;
mod revoke;
pub mod scopes;
#[cfg(test)]
pub(crate) mod tests;

pub use definition::build_providers;
pub use model::{Endpoints, Protocol, Provider};
