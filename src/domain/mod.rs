//! Plain values without I/O: ids, time, randomness, secrets, e-mail addresses, profiles, return URLs.
//!
//! Only [`clock`] and [`random`] call the system. Both are traits, so that tests control time and randomness. In debug
//! builds [`fail_point`] can also end the process at a chosen place.

pub mod admin_token;
pub mod audit;
pub(crate) mod boxed;
pub mod cause;
pub mod claims;
pub mod client_address;
pub mod client_authentication;
pub mod client_nonce;
pub mod clock;
pub mod custody;
pub mod email;
pub mod email_lists;
pub mod event;
pub mod fail_point;
#[cfg(test)]
mod fuzz_tests;
pub mod grant_lifetime;
pub mod grant_state;
pub mod hooks;
pub mod id;
pub mod json_path;
#[cfg(test)]
pub(crate) mod kept_lines;
pub mod log;
pub mod origin;
pub mod profile;
pub(crate) mod profile_source;
pub mod random;
pub mod request_id;
pub mod reserved;
pub mod return_url;
pub mod rotation;
pub mod scopes;
pub mod seal;
pub mod sealable_grant;
pub mod sealable_tokens;
pub mod secret;
pub mod sha256;
#[cfg(feature = "aufy")]
pub mod sign_up_schema;
#[cfg(not(feature = "aufy"))]
#[path = "no_sign_up_schema.rs"]
pub mod sign_up_schema;
pub mod steady_clock;
pub(crate) mod token_claims;
pub mod tokens;
pub mod webhook_secret;
