//! Shared test support: the app under test, a browser, processes, a temporary PostgreSQL.

pub mod app;
pub mod browser;
pub mod contract;
pub mod node;
pub mod operations_page;
pub mod postgres;
pub mod process;
pub mod promtool;
pub mod rows;
pub mod service;
