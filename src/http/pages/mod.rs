//! HTML pages of our own.
//!
//! Templates are `maud` macros: checked by the compiler, escaped by default, and without files to find at run time.

#[cfg(feature = "simulator")]
pub mod demo;
#[cfg(feature = "pages")]
mod layout;
#[cfg(feature = "pages")]
pub mod link_confirmation;

#[cfg(feature = "pages")]
pub use layout::Page;
