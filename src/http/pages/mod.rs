//! HTML pages of our own.

pub mod demo;
