//! The vault: provider tokens are sealed at rest and handed out at most once.
//!
//! The actor is [`vault::TokenVault`]; single use is decided by one SQL statement. [`cipher`] seals the tokens, [`grant_cipher`] those that are
//! kept, [`take`]
//! hands them out, [`ticket`] keeps sign-ins that the app has yet to redeem, [`rekey`] replaces keys, and [`revocation`]
//! returns tokens to their provider. Imports `domain`, `actor`, `store` and `user`.

pub mod cipher;
pub mod grant_cipher;
pub mod rekey;
pub mod revocation;
pub mod take;
#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests;
pub mod ticket;
#[allow(clippy::module_inception, reason = "the actor TokenVault is the centre of its module")]
pub mod vault;
