//! The HTTP edge: translates requests into messages and outcomes into responses, and decides nothing.
//!
//! The folders `nhost` and `aufy` hold one dialect each and never use each other; [`admin`] holds the routes for
//! operators, [`oauth`] that for backends. They share the worker's [`state`],
//! the [`extract`]ors, the redirect to the provider ([`authorization_redirect`]), the [`callback`] with its
//! [`form_post`] variant, our [`cookies`], the check of origins (`csrf`), the middleware (error pages, [`host_guard`], [`measured`], [`rate_limit`], [`request_scope`], [`security_headers`]) and the
//! [`ops`] routes.

pub mod admin;
#[cfg(feature = "aufy")]
pub mod aufy;
pub mod authorization_redirect;
pub mod body_timeout;
pub mod callback;
pub mod cookies;
#[cfg(feature = "aufy")]
pub mod csrf;
pub mod current_state;
pub mod error_kind;
#[cfg(feature = "pages")]
pub mod error_pages;
pub mod extract;
pub mod form_post;
pub mod host_guard;
pub mod measured;
#[cfg(feature = "pages")]
pub mod negotiation;
#[cfg(feature = "nhost")]
pub mod nhost;
pub mod oauth;
pub mod open_connections;
pub mod ops;
#[cfg(any(feature = "pages", feature = "simulator"))]
pub mod pages;
pub mod rate_limit;
pub mod reauthorization;
pub mod reloader;
pub mod request_scope;
pub mod routing;
pub mod security_headers;
pub mod state;
