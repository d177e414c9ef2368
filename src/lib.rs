//! Vouchsafe signs people in with external providers and keeps what comes back.

pub mod actor;
pub mod domain;
pub mod flow;
pub mod oauth;
pub mod provider;
pub mod session;
pub mod settings;
pub mod simulator;
pub mod store;
pub mod user;
pub mod vault;
