//! Plain values that every room may use: ids, time, chance, secrets, addresses, profiles, return URLs.
//!
//! Nothing here knows actix, SeaORM or a network. Only [`clock`] and [`random`] ask the system for
//! anything, and both are traits, so that a test can hold time and chance in its hand; debug builds alone listen, in
//! [`fail_point`], for the place at which they are to die.

pub mod audit;
pub mod claims;
pub mod client_authentication;
pub mod clock;
pub mod email;
pub mod email_lists;
pub mod fail_point;
pub mod gate;
pub mod hooks;
pub mod id;
pub mod json_path;
pub mod origin;
pub mod profile;
pub mod random;
pub mod reserved;
pub mod return_url;
pub mod seal;
pub mod sealable_tokens;
pub mod secret;
pub mod sha256;
pub mod sign_up_schema;
pub mod tokens;
