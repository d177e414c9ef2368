//! Our own tokens: the keys that sign them, access tokens (JWT), refresh tokens (derived, kept as hashes).
//!
//! Plain values and pure functions over them; the rows are in `store`. May call `domain`, `settings` and `store`'s values.

pub mod access;
pub mod account;
pub mod code;
pub mod keys;
pub mod refresh;
