//! Inner parts for `benches/`, which see only what is public. Not part of the interface: it changes without notice.

pub use crate::domain::return_url::{AllowList, NotAllowed};
pub use crate::domain::seal::{MasterKey, SealError, Sealer};
pub use crate::domain::tokens::ProviderTokens;
pub use crate::flow::cookie::{Flow, PURPOSE as FLOW_PURPOSE};
pub use crate::flow::intent::{BeginIntent, FlowIntent};
pub use crate::flow::state::FlowId;
pub use crate::session::access_token::{AccessTokenClaims, AccessTokens, TokenError};
pub use crate::session::keys::{KeyError, SigningKeys, generate};
pub use crate::user::messages::Credential;
pub use crate::user::options::SignUpOptions;
pub use crate::user::policy;
pub use crate::vault::cipher::TokenCipher;
