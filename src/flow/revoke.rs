//! Tokens go back to their provider, each as often as it takes.

use super::directory::Directory;
use super::error::{Code, SignInError, Step};
use crate::provider::known::Need;
use crate::vault::recall::{Recall, Recalled, Settle};

impl Directory {
    /// Gives back a turn of what is due. Answers how many tokens their providers took.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if the vault could not be asked; whatever was not settled comes again.
    pub async fn revoke_due(&self) -> Result<u64, SignInError> {
        let unavailable = || SignInError::new(Step::Resolve, Code::Unavailable);
        let vault = &self.workshop().vault;
        let recalled = vault.ask(Recall).await.map_err(|_| unavailable())?;
        let mut taken = 0;
        for one in recalled.map_err(|error| SignInError::caused(Step::Resolve, Code::Unavailable, error))? {
            let (id, attempts) = (one.id, one.attempts);
            let settle = match self.give_back(&one).await {
                Ok(was_taken) => {
                    taken += u64::from(was_taken);
                    Settle::Done(id)
                }
                Err(error) => {
                    log::warn!(provider:% = one.provider, attempts; "tokens were not taken back yet: {error}");
                    Settle::Later { id, attempts }
                }
            };
            let settled = vault.ask(settle).await.map_err(|_| unavailable())?;
            settled.map_err(|error| SignInError::caused(Step::Resolve, Code::Unavailable, error))?;
        }
        Ok(taken)
    }

    /// `false`: this provider takes nothing back.
    async fn give_back(&self, recalled: &Recalled) -> Result<bool, SignInError> {
        let (workshop, tokens) = (self.workshop(), &recalled.tokens);
        let resolved = workshop.resolve(&recalled.provider, Need::Endpoints).await?;
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let token = provider.token_to_revoke(endpoints, &tokens.access_token, tokens.refresh_token.as_ref());
        let Some((token, kind)) = token else { return Ok(false) };
        let client = provider.credentials(workshop.clock.now(), workshop.entropy.as_ref());
        let client = client.map_err(|error| SignInError::caused(Step::Resolve, Code::Internal, error))?;
        let revoked = provider.revoke(&workshop.clients.of(&resolved), endpoints, &client, token, kind).await;
        workshop.providers.note(&recalled.provider, matches!(&revoked, Err(error) if error.is_outage()));
        revoked.map_err(|error| SignInError::caused(Step::Exchange, Code::ProviderError, error))?;
        Ok(true)
    }
}
