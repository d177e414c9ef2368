//! Infrastructure of long-lived actors: handles, restarts and readiness.
//!
//! | Actor | Lives | After a panic |
//! |---|---|---|
//! | `ProviderRegistry` | one per process | restarted; its snapshot stays readable |
//! | `UserRepo`, `TokenVault` | one per worker | restarted; the rows are in the database |
//! | `FlowSupervisor` | one per flow | not restarted: that sign-in fails |
//! | [`supervisor::RestartSupervisor`] | one per worker, one per process | contains nothing that can panic |
//!
//! `actix::Supervisor` does not restart after a panic, and a mailbox is not bounded in practice (each clone of an
//! address adds a slot). Long-lived actors are therefore reached through a [`handle::ActorHandle`], which limits and
//! times messages, and restarted by a [`supervisor::RestartSupervisor`]. A [`batch::Batcher`] carries out what waits in
//! an actor by shared statements. Imports only `domain`.

pub mod batch;
pub mod handle;
pub mod health;
pub mod supervisor;
