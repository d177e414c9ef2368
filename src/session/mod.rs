//! The tokens that this server issues: signing keys, access tokens (JWT) of both dialects, refresh tokens, one-time codes.
//!
//! Plain values and pure functions over them; the rows are in `store`.

pub mod access_token;
pub mod aufy_access_token;
pub mod keys;
pub mod one_time_code;
pub mod pkce;
pub mod refresh;
mod verified_tokens;
pub mod verifier;
