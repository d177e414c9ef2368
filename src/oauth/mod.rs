//! The client side of OAuth 2.0, OpenID Connect and OAuth 1.0a.
//!
//! Stateless: endpoints, credentials, keys and the time are parameters, and nothing is cached. The network is reached
//! through [`http::HttpClient`] only, of our modules only `domain` is imported. An answer that cannot be trusted is an
//! error, and no error holds a code, a token or a body.

mod algorithm;
pub mod assertion_validation;
pub mod authorize;
pub mod client;
pub mod client_assertion;
pub mod discovery;
pub mod endpoint_error;
#[cfg(test)]
mod fuzz_tests;
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
