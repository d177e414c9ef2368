//! Extractors: what handlers get from a request, typed and checked, so that handlers only translate.
//!
//! Extractors do not know the dialect of a route. They raise a [`Rejection`], and the scope's [`RejectionHandler`]
//! turns it into the error of the dialect, as actix's own `JsonConfig::error_handler` does.

pub mod bearer;
pub mod body;
pub mod client_ip;
pub mod query;
pub(crate) mod rejection;
pub mod text_map;

pub use body::{Form, Json, Object, OptionalJson};
pub use client_ip::ClientIp;
pub use query::Query;
pub use rejection::{Rejection, RejectionHandler};
