//! The protocols: how a person is sent to a provider and how what comes back is understood and checked.
//!
//! Everything here works on values that it is given: endpoints, credentials, keys, the time. It calls only
//! `domain`, and the network only through [`http::HttpClient`]. Nothing is cached and nothing decided here;
//! an answer that cannot be trusted is an error, and no error carries a code, a token or a body.

pub mod address;
mod algorithm;
pub mod assertion;
pub mod authorize;
mod claims;
mod client;
pub mod cooldown;
pub mod discovery;
pub mod exchange;
mod exchange_error;
mod expectation;
pub mod http;
pub mod id_token;
pub mod issuer;
pub mod keys;
pub mod oauth1;
pub mod places;
pub mod profile;
pub mod proof;
pub mod pushed;
pub mod refresh;
mod resolver;
pub mod revoke;
mod strict_json;
#[cfg(test)]
pub(crate) mod testing;
mod token_response;
pub mod userinfo;
