//! A sign-in from the first redirect to its outcome: the one conductor of a journey.
//!
//! [`service`] finds or wakes a flow ([`active_flows`] counts those awake), [`supervisor`] is the actor that conducts it; [`machine`] (what comes next),
//! [`cookie`] (what is sealed into the browser's cookie), and [`state`] are plain values. May call every
//! room below: the registry, `UserRepo` and `TokenVault` by messages, claims by the store.

pub mod active_flows;
mod authorize;
pub mod cookie;
pub mod error;
pub mod id_token;
pub mod link;
pub mod machine;
mod provider_tokens;
mod revoke;
pub mod service;
pub mod state;
mod steps;
pub mod supervisor;
pub mod ticket;
