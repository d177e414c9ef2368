//! The vault: what a provider gave for a person is kept sealed and handed out at most once.
//!
//! The actor [`vault::TokenVault`] is the only door to it; the row in the database is the referee; [`cipher`] knows
//! what may lie there and for whom it is sealed, [`ticket`] keeps people who have not come in yet; what goes back
//! to its provider leaves by [`revocation`]. May call `domain` and `store`.

pub mod cipher;
pub mod rekey;
pub mod revocation;
pub mod take;
pub mod ticket;
#[allow(clippy::module_inception, reason = "the room and the one who ttls in it bear the same name")]
pub mod vault;
