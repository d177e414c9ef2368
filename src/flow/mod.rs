//! A sign-in from the first redirect to its outcome: the one conductor of a journey.
//!
//! [`directory`] finds or wakes a flow ([`live`] counts those awake), [`supervisor`] is the actor that conducts it; [`machine`] (what comes next),
//! [`snapshot`] (what is sealed into the browser's cookie), [`pkce`] and [`state`] are plain values. May call every
//! room below: the registry, `UserRepo` and `TokenVault` by messages, claims by the store.

pub mod directory;
pub mod error;
mod leave;
pub mod link;
pub mod live;
pub mod machine;
pub mod pkce;
pub mod present;
mod renew;
mod revoke;
pub mod snapshot;
pub mod state;
pub mod supervisor;
pub mod ticket;
mod work;
