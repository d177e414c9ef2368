//! People: who may become whom, and the actor that writes it down.
//!
//! [`policy`] decides as plain code over plain values; [`repo`] is the actor `UserRepo`, one per worker, that
//! gathers the facts and writes the decision in one transaction; [`import`] brings users from elsewhere. May call `domain`, `settings`, `store`, `session`.

mod account;
mod facts;
mod gravatar;
pub mod import;
pub mod messages;
pub mod options;
pub mod policy;
pub mod proof;
pub mod repo;
mod sign_in;
mod unlink;

#[cfg(test)]
mod stateful_tests;
