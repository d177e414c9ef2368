//! What an operator meets: CLI, import, keys, audit trail, admission, shutdown.

pub mod admin;
mod admission;
mod audit;
mod backup;
pub(crate) mod cli;
mod cli_reference;
mod config_check;
mod connections;
mod database_commands;
mod database_password;
mod doctor;
mod flow_records;
mod http_edge;
mod import_better_auth;
mod import_nhost;
mod import_supabase;
mod key_rotation;
mod logs;
mod metrics;
mod openapi;
mod operations_page;
mod packaging;
mod reload;
mod service_manager;
mod shutdown;
mod users_cli;
mod webhooks;
