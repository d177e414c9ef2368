//! Users, their identities and sessions: the actor `UserRepo` and the rules that it follows.
//!
//! [`policy`] decides which account a sign-in leads to; [`repo`] is the actor, one per worker, that carries a decision
//! out in one transaction; [`proof`] says what a session may do; `lookup` is what the embedding app reads; [`hooks`] asks
//! it; [`admin`] is what operators do; [`import`] takes users over from Nhost. Imports
//! `domain`, `metrics`, `actor`, `settings`, `store`, `session` and `events`.

mod account;
pub mod admin;
mod batches;
mod credential;
mod erase;
mod events;
mod facts;
mod grant;
mod gravatar;
pub mod hooks;
#[cfg(feature = "postgres")]
pub mod import;
mod lookup;
pub mod messages;
mod new_user;
pub mod options;
pub mod policy;
pub mod proof;
pub mod repo;
mod sign_in;
mod unlink;

pub use self::unlink::REVOCATION_TTL;

#[cfg(test)]
mod stateful_tests;
