//! Integration tests: the real app over HTTP, real databases, simulated providers.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects by breaking")]

mod architecture;
mod aufy;
mod embedding;
mod nhost;
mod ops;
mod pages;
mod providers;
mod resilience;
mod security;
mod support;
