//! Attacks: malicious providers, known advisories, secrets that must not leak.

mod advisories;
pub(crate) mod malicious_provider;
mod secret_leaks;
