//! What an operator or an embedding app meets: CLI, import, keys, audit trail, admission, shutdown.

pub mod admin;
mod admission;
mod audit;
mod cli;
mod connections;
mod database_password;
mod embedding;
mod http_edge;
mod import_nhost;
mod key_rotation;
mod reload;
mod shutdown;
mod users_cli;
