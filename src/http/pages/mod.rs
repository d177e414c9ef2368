//! HTML pages of our own.
//!
//! Templates are `maud` macros: checked by the compiler, escaped by default, and without files to find at run time.

pub mod demo;
mod layout;
pub mod link_confirmation;

pub use layout::Page;
