//! Vouchsafe signs people in with external providers and keeps what comes back.

pub mod domain;
pub mod settings;
pub mod store;
