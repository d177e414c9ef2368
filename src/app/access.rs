//! What the module `access` uses of the service: who a token belongs to, and what is stored of them.

use super::{Vouchsafe, worker};
use crate::actor::handle::SendError;
use crate::session::access_token::{Principal, TokenError};
use crate::session::verifier::VerifiedClaims;
use crate::user::messages::{RequireUser, User, UserError};
use crate::user::repo::UserService;

impl Vouchsafe {
    /// Verifies an access token of either dialect, with the current keys.
    pub(crate) fn verify_claims(&self, token: &str) -> Result<VerifiedClaims, TokenError> {
        self.0.snapshot().1.token_verifier.verify(token, self.0.parts.clock.now())
    }

    /// The same of the Aufy dialect only.
    #[cfg(feature = "aufy")]
    pub(crate) fn verify_aufy_claims(&self, token: &str) -> Result<VerifiedClaims, TokenError> {
        self.0.snapshot().1.token_verifier.verify_aufy(token, self.0.parts.clock.now())
    }

    /// The user of a session that has not ended, if they have access.
    pub(crate) async fn require_user(&self, principal: Principal) -> Result<Result<User, UserError>, SendError> {
        let found = match self.0.local_workers.users(self.0.version()) {
            Some(users) => users.send(RequireUser(principal)).await?,
            None => self.user_service().require_user(principal).await,
        };
        Ok(found.map(|(_, user)| user))
    }

    /// Reads and changes users, with the current settings.
    pub(crate) fn user_service(&self) -> UserService {
        worker::user_service(&self.0, &self.0.snapshot().1, self.0.store())
    }

    /// The public keys that verify access tokens, as a JSON Web Key Set (RFC 7517): what `/.well-known/jwks.json`
    /// answers. Shared secrets are not among them.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!(self.0.snapshot().1.access_tokens.keys().public_jwks())
    }
}
