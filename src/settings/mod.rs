//! What an operator may decide, typed and checked before anything starts.
//!
//! Flags win over the environment, the environment over the file, the file over the variables of Nhost, and those
//! over the defaults. All faults are reported at once, each with its key, the reason and, where there is one, a
//! suggestion. The keys that are known are those that the readers ask for; whatever they leave over is refused.

mod aufy;
mod duration;
mod explain;
mod fault;
mod getters;
mod keys;
mod load;
mod model;
mod nhost;
mod pages;
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

pub use aufy::{Aufy, CookieReach};
pub use explain::{Explanation, Line};
pub use fault::{Fault, Faults};
pub use load::Sources;
pub use model::{
    Audit, CustomClaims, Database, Development, Flow, Gravatar, JwtAlgorithm, JwtKey, Keys, Mode, Nhost, Server,
    Session, Settings, SignUp, Upstream, Vault,
};
pub use nhost::Fate;
pub use pages::{BUILT_IN_PROVIDERS, PROVIDER_PAGES};
pub use provider::{ProviderKind, ProviderSettings};
