//! Backends that exchange tokens: which there are, and how they prove who they are (RFC 6749 section 2.3, RFC 7523).
//!
//! [`registry`] is made from the settings and shared; [`service`] is a worker's, with its database connection. What a
//! client may do is asked of an [`AuthenticatedClient`], which only a successful authentication makes.

pub mod registry;
pub mod service;

pub use registry::{AuthenticatedClient, ClientRegistry, UnusableKey};
pub use service::{AuthenticationError, ClientService, Credential};
