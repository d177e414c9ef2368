//! The protocols: how a person is sent to a provider and how what comes back is understood and checked.
//!
//! Everything here works on values that it is given: endpoints, credentials, keys, the time. It calls only
//! `domain`, and the network only through [`http::HttpClient`]. Nothing is cached and nothing decided here;
//! an answer that cannot be trusted is an error, and no error carries a code, a token or a body.

mod algorithm;
pub mod authorize;
pub mod client;
pub mod client_assertion;
pub mod discovery;
pub mod endpoint_error;
pub mod http;
pub mod id_token;
pub mod issuer;
pub mod jwks;
pub mod oauth1;
pub mod par;
pub mod profile;
mod public_ip;
pub mod revoke;
mod strict_json;
#[cfg(test)]
pub(crate) mod test_server;
pub mod token_endpoint;
pub mod userinfo;
