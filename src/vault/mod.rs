//! The vault: what a provider gave for a person is kept sealed and handed out at most once.
//!
//! The actor [`vault::TokenVault`] is the only door to it; the row in the database is the referee; [`shelf`] knows
//! what may lie there and for whom it is sealed, [`ticket`] keeps people who have not come in yet; what goes back
//! to its provider leaves by [`recall`]. May call `domain` and `store`.

pub mod recall;
pub mod reseal;
pub mod shelf;
pub mod take;
pub mod ticket;
#[allow(clippy::module_inception, reason = "the room and the one who lives in it bear the same name")]
pub mod vault;
