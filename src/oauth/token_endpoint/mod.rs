//! The token endpoint: exchanges codes and refresh tokens for tokens (RFC 6749 sections 4.1.3 and 6).

pub mod exchange;
mod oauth2_client;
#[cfg(feature = "cli")]
pub mod probe;
pub mod refresh;
mod response;

pub(super) use response::error_code;
