//! Vouchsafe signs people in with external providers and keeps what comes back.

pub mod actor;
pub mod domain;
pub mod oauth;
pub mod provider;
pub mod session;
pub mod settings;
pub mod store;
pub mod user;
pub mod vault;
