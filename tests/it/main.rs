//! The library's journeys: the real app, real HTTP, real databases, simulated providers.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects by breaking")]

mod addresses;
mod advisories;
mod all_providers;
mod audit;
mod aufy;
mod browser;
mod callback;
mod canaries;
mod crowds;
mod database_trouble;
mod drain;
mod embedding;
mod hostile;
mod id_token;
mod import_nhost;
mod key_rotation;
mod kills;
mod leaving;
mod limits;
mod link;
mod model;
mod nodes;
mod postgres;
mod process;
mod program;
mod providers;
mod rooms;
mod service;
mod session;
mod session_list;
mod sign_in;
mod sign_up;
mod start;
mod tokens;
mod town;
