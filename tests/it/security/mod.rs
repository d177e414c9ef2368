//! Attacks: malicious providers, known advisories, secret leaks.

mod advisories;
pub(crate) mod malicious_provider;
mod secret_leaks;
