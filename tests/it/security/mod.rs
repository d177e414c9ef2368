//! Attacks: malicious providers, known advisories, secret leaks.

mod advisories;
mod ended_sessions;
pub(crate) mod malicious_provider;
mod secret_leaks;
