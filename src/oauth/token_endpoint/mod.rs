//! The token endpoint: codes and refresh tokens become tokens (RFC 6749 sections 4.1.3 and 6).

pub mod exchange;
mod oauth2_client;
pub mod refresh;
pub(super) mod response;
