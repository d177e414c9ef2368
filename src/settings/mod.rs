//! The settings: read from file, environment and flags, typed and checked before anything starts.
//!
//! Flags override the environment, the environment overrides the file, the file overrides the variables of Nhost, and
//! those override the defaults. All errors are reported at once, each with its key, the reason and, if there is one, a
//! suggestion. Each section has a file with its type and its reader; the known keys are those that the readers ask for.
//!
//! A new setting touches two files: its section here and `config/default.toml`.

mod admin;
mod audit;
mod aufy;
mod built_in_providers;
mod client;
mod clients;
mod compat;
mod database;
mod development;
mod explain;
mod fixed;
mod flow;
mod grants;
mod keys;
mod load;
mod log;
mod metrics;
mod nhost;
mod nhost_env;
mod pages;
mod providers;
mod rate_limit;
mod reader;
#[cfg(feature = "cli")]
mod schema;
mod server;
mod session;
mod sign_up;
mod upstream;
mod vault;
mod warnings;
mod webhooks;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use self::log::{Log, LogFormat};
pub use admin::{ADMIN_PATH, Admin};
pub use audit::Audit;
pub use aufy::{Aufy, SameSite};
pub use built_in_providers::{BUILT_IN_PROVIDERS, PROVIDER_DEFINITIONS};
pub use client::Client;
pub use clients::{BackendClient, BackendCredential};
pub use compat::Compat;
pub use database::{Database, SqliteSynchronous};
pub use development::Development;
pub use explain::{Explanation, ResolvedSetting};
pub use flow::{Flow, Records};
pub use grants::Grants;
pub use keys::{JwtAlgorithm, JwtKey, Keys};
pub use load::Sources;
pub use metrics::Metrics;
pub use nhost::Nhost;
pub use nhost_env::VariableStatus;
pub use pages::{Color, ColorScheme, Contact, LANGUAGES, Logo, Pages};
pub use providers::{CustomProvider, ProviderKind, ProviderSettings};
pub use rate_limit::RateLimit;
pub use reader::error::{SettingsError, SettingsErrors};
pub use server::Server;
pub use session::{CustomClaims, Session};
pub use sign_up::{Gravatar, SignUp};
pub use upstream::Upstream;
pub use vault::Vault;
pub use warnings::{Risk, Warning};
pub use webhooks::Webhook;

use crate::domain::id::ProviderName;

/// Development or production mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On loopback, with generated keys, simulated providers and a demo page.
    Development,
    /// Nothing is generated or simulated; what is not configured is an error.
    Production,
}

/// All settings. Values are checked, durations are typed, secrets print as stars.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `mode`
    pub mode: Mode,
    /// `[server]`
    pub server: Server,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[database]`
    pub database: Database,
    /// `[client]`
    pub client: Client,
    /// `[compat]`
    pub compat: Compat,
    /// `[nhost]`
    pub nhost: Nhost,
    /// `[aufy]`
    pub aufy: Aufy,
    /// `[keys]`
    pub keys: Keys,
    /// `[log]`
    pub log: Log,
    /// `[rate_limit]`
    pub rate_limit: RateLimit,
    /// `[admin]`
    pub admin: Admin,
    /// `[flow]`
    pub flow: Flow,
    /// `[vault]`
    pub vault: Vault,
    /// `[grants]`
    pub grants: Grants,
    /// `[session]`
    pub session: Session,
    /// `[audit]`
    pub audit: Audit,
    /// `[sign_up]`
    pub sign_up: SignUp,
    /// `[pages]`
    pub pages: Pages,
    /// `[upstream]`
    pub upstream: Upstream,
    /// `[development]`
    pub development: Development,
    /// `[webhooks.NAME]`
    pub webhooks: BTreeMap<String, Webhook>,
    /// `[providers.NAME]`
    pub providers: BTreeMap<ProviderName, ProviderSettings>,
    /// `[clients.NAME]`
    pub clients: BTreeMap<String, BackendClient>,
    /// Settings that are valid but dangerous.
    pub warnings: Vec<Warning>,
}
