//! What handlers read from a request: the client's address and parameters.

pub mod client_ip;
pub mod parameters;
