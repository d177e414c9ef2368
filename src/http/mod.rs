//! The way in: translates requests into messages and outcomes into answers, and decides nothing.
//!
//! Each dialect is a folder of its own with its own words; they never see each other. [`front`] is what a worker's
//! handlers share, [`departure`] sends browsers out with their flow in one of our [`cookies`], [`callback`] takes them
//! back, and their [`posted_form`] with them, [`client_address`] says where a client is, [`query`] reads parameters
//! strictly.

pub mod aufy;
pub mod callback;
pub mod client_address;
pub mod cookies;
pub mod demo;
pub mod departure;
pub mod front;
pub mod headers;
pub mod nhost;
pub mod posted_form;
pub mod query;
