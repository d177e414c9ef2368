//! Attacks: malicious providers, forged requests, known advisories, secret leaks.

mod advisories;
mod email_squatting;
mod ended_sessions;
pub(crate) mod malicious_provider;
mod route_table;
mod routes;
mod secret_leaks;
