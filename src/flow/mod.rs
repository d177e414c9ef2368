//! Sign-ins, from the first redirect to the outcome.
//!
//! [`service`] begins flows (`begin` has the messages) and brings callbacks to them, as far as `admission` has room. [`supervisor`] is the actor of one
//! flow, [`active_flows`] the list of those in this process. [`callback`] carries out a callback, step by step. [`cookie`],
//! [`intent`] and [`state`] are the values of a flow, [`marks`] notes that it was used. Without a flow work [`id_token`],
//! [`ticket`] and `provider_tokens`. [`failure_log`] limits what failures write, [`record`] keeps what became of each
//! flow, `counters` counts it, `events` tells others, and `observe` shows it to operators.

pub mod active_flows;
mod admission;
mod authorize;
mod begin;
pub mod callback;
pub mod cookie;
mod counters;
pub mod error;
mod events;
pub mod failure_log;
#[cfg(test)]
mod fuzz_tests;
pub mod id_token;
pub mod intent;
pub mod link;
pub mod marks;
#[cfg(feature = "pages")]
pub mod observe;
mod provider_tokens;
pub mod record;
pub mod service;
mod services;
pub mod state;
pub mod supervisor;
#[cfg(all(feature = "sqlite", feature = "simulator"))]
#[cfg(test)]
mod tests;
pub mod ticket;
mod timeline;
