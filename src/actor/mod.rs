//! How actors are reached, watched and replaced.
//!
//! | Actor | Lives | After a panic |
//! |---|---|---|
//! | `ProviderRegistry` | one per process | rebuilt by its root; its snapshot stays readable |
//! | `UserRepo`, `TokenVault` | one per worker | rebuilt by the worker's root; the rows are in the database |
//! | `FlowSupervisor` | one per flow | not rebuilt: that sign-in fails, a new one starts afresh |
//! | [`root::Root`] | one per worker, one per process | it does nothing that could panic |
//!
//! actix's own supervisor does not restart after a panic, and a mailbox is no bound. So every long-lived
//! actor stands behind a [`door::Door`]: a count of how much is inside, a deadline for every question, and an
//! address that the [`root::Root`] replaces. May call `domain` alone.

pub mod door;
pub mod health;
pub mod root;
