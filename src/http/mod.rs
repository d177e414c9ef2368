//! The way in: translates requests into messages and outcomes into answers, and decides nothing.
//!
//! Each dialect is a folder of its own with its own words; they never see each other. [`http`] is what a worker's
//! handlers share, [`departure`] sends browsers out with their flow in one of our [`cookies`], [`callback`] takes them
//! back, and their [`form_post`] with them, [`client_address`] says where a client is, [`query`] reads parameters
//! strictly.

pub mod aufy;
pub mod authorization_redirect;
pub mod callback;
pub mod cookies;
pub mod extract;
pub mod form_post;
pub mod nhost;
pub mod pages;
pub mod security_headers;
pub mod state;
