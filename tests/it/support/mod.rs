//! What the tests share: the app under test, a browser, processes, a throw-away PostgreSQL.

pub mod app;
pub mod browser;
pub mod postgres;
pub mod process;
pub mod service;
