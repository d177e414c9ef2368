//! What an operator may decide, typed and checked before anything starts.
//!
//! Flags win over the environment, the environment over the file, the file over the variables of Nhost, and those
//! over the defaults. All errors are reported at once, each with its key, the reason and, where there is one, a
//! suggestion. The keys that are known are those that the readers ask for; whatever they leave over is refused.

mod aufy;
mod built_in_providers;
mod duration;
mod error;
mod explain;
mod getters;
mod keys;
mod load;
mod model;
mod nhost;
mod provider;
mod providers;
mod reach;
mod reader;
mod secret_file;
mod sections;
mod sign_up;
mod tree;
mod urls;

#[cfg(test)]
mod tests;

pub use aufy::{Aufy, SameSite};
pub use built_in_providers::{BUILT_IN_PROVIDERS, PROVIDER_DEFINITIONS};
pub use error::{SettingsError, SettingsErrors};
pub use explain::{Explanation, ResolvedSetting};
pub use load::Sources;
pub use model::{
    Audit, Client, Compat, CustomClaims, Database, Development, Flow, Gravatar, JwtAlgorithm, JwtKey, Keys, Mode,
    Nhost, Server, Session, Settings, SignUp, SqliteSynchronous, Upstream, Vault,
};
pub use nhost::VariableStatus;
pub use provider::{ProviderKind, ProviderSettings};
