//! Grants: provider tokens that the service keeps, refreshes and hands out (`providers.X.custody = "managed"`).
//!
//! The actor is [`keeper::GrantKeeper`]. A refresh is claimed, carried out and concluded by one statement each
//! ([`crate::store::grants::lease`]), so that of all nodes one asks the provider, and no refresh token is sent again that
//! may be spent where that would end the grant. [`verdict`] and [`answer`] hold the two decisions: what a caller gets of a
//! grant as it is, and what a provider's answer means. Imports `domain`, `metrics`, `actor`, `settings`, `oauth`, `store`,
//! `events`, `provider`, `user` and `vault`.

mod ahead;
mod answer;
pub mod keeper;
pub mod messages;
mod refresh;
mod shared_tasks;
mod statements;
mod verdict;
