//! HTML pages of our own.
//!
//! Templates are `maud` macros: checked by the compiler, escaped by default, and without files to find at run time. A page
//! is a [`Page`] in the operator's theme and the reader's language, both in its [`PageContext`].

#[cfg(feature = "pages")]
mod color;
#[cfg(feature = "simulator")]
pub mod demo;
#[cfg(feature = "pages")]
pub mod error_page;
pub mod icons;
#[cfg(feature = "pages")]
mod layout;
#[cfg(feature = "pages")]
pub mod link_confirmation;
#[cfg(feature = "pages")]
pub mod sign_in;
#[cfg(feature = "pages")]
mod texts;
#[cfg(feature = "pages")]
mod theme;

#[cfg(feature = "pages")]
pub use layout::{Form, Page, PageContext};
#[cfg(feature = "pages")]
pub use texts::Texts;
#[cfg(feature = "pages")]
pub use theme::Theme;
