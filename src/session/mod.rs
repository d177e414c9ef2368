//! Our own tokens: the keys that sign them, access tokens (JWT), refresh tokens (derived, kept as hashes).
//!
//! Plain values and pure functions over them; the rows are in `store`. May call `domain`, `settings` and `store`'s values.

pub mod access_token;
pub mod aufy_access_token;
pub mod keys;
pub mod one_time_code;
pub mod pkce;
pub mod refresh;
