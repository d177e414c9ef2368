//! How actors are reached, watched and replaced.
//!
//! | Actor | Lives | After a panic |
//! |---|---|---|
//! | `ProviderRegistry` | one per process | rebuilt by its supervisor; its snapshot stays readable |
//! | `UserRepo`, `TokenVault` | one per worker | rebuilt by the worker's supervisor; the rows are in the database |
//! | `FlowSupervisor` | one per flow | not rebuilt: that sign-in fails, a new one starts afresh |
//! | [`supervisor::RestartSupervisor`] | one per worker, one per process | it does nothing that could panic |
//!
//! actix's own supervisor does not restart after a panic, and a mailbox is no bound. So every long-lived
//! actor stands behind a [`handle::ActorHandle`]: a count of how much is inside, a deadline for every question, and an
//! addr that the [`supervisor::RestartSupervisor`] replaces. May call `domain` alone.

pub mod handle;
pub mod health;
pub mod supervisor;
