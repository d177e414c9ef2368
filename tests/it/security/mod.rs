//! Attacks: malicious providers, forged requests, resource exhaustion, known advisories, secret leaks.

mod advisories;
mod artefacts;
mod dead_tokens;
mod email_proof;
mod email_squatting;
mod ended_sessions;
mod hostile;
mod limits;
mod link_csrf;
mod log_flood;
pub(crate) mod malicious_provider;
mod planted;
mod provider_keys;
mod rebinding;
mod requests;
mod return_urls;
pub mod route_table;
mod routes;
mod secret_leaks;
mod threats;
mod token_exchange;
