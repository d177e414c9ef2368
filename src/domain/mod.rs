//! Plain values that every room may use: ids, time, chance, secrets, addresses, profiles, return URLs.
//!
//! Nothing here knows actix, SeaORM or a network. Only [`clock`] and [`entropy`] ask the system for
//! anything, and both are traits, so that a test can hold time and chance in its hand; debug builds alone listen, in
//! [`fail_point`], for the place at which they are to die.

pub mod audit;
pub mod claims;
pub mod client_authentication;
pub mod clock;
pub mod deposit;
pub mod email;
pub mod email_lists;
pub mod entropy;
pub mod fail_point;
pub mod fields;
pub mod gate;
pub mod hash;
pub mod hooks;
pub mod id;
pub mod json_path;
pub mod profile;
pub mod reserved;
pub mod return_url;
pub mod seal;
pub mod secret;
pub mod tokens;
