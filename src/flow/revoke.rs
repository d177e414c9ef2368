//! Tokens go back to their provider, each as often as it takes.

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use crate::provider::metadata_cache::Required;
use crate::vault::revocation::{CompleteRevocation, LeaseRevocations, Revocation};

impl SignInService {
    /// Gives back a turn of what is due. Answers how many tokens their providers took.
    ///
    /// # Errors
    /// [`FailureCode::Unavailable`] if the vault could not be asked; whatever was not settled comes again.
    pub async fn revoke_due(&self) -> Result<u64, SignInError> {
        let unavailable = || SignInError::new(Step::Resolve, FailureCode::Unavailable);
        let vault = &self.services().vault;
        let revocations = vault.send(LeaseRevocations).await.map_err(|_| unavailable())?;
        let mut taken = 0;
        for pending in
            revocations.map_err(|error| SignInError::with_source(Step::Resolve, FailureCode::Unavailable, error))?
        {
            let (id, attempts) = (pending.id, pending.attempts);
            let settle = match self.revoke_tokens(&pending).await {
                Ok(was_taken) => {
                    taken += u64::from(was_taken);
                    CompleteRevocation::Done(id)
                }
                Err(error) => {
                    log::warn!(provider:% = pending.provider, attempts; "tokens were not taken back yet: {error}");
                    CompleteRevocation::Retry { id, attempts }
                }
            };
            let settled = vault.send(settle).await.map_err(|_| unavailable())?;
            settled.map_err(|error| SignInError::with_source(Step::Resolve, FailureCode::Unavailable, error))?;
        }
        Ok(taken)
    }

    /// `false`: this provider takes nothing back.
    async fn revoke_tokens(&self, revocation: &Revocation) -> Result<bool, SignInError> {
        let (services, tokens) = (self.services(), &revocation.tokens);
        let resolved = services.resolve(&revocation.provider, Required::Endpoints).await?;
        let (provider, endpoints) = (&resolved.provider, &resolved.endpoints);
        let token = provider.token_to_revoke(endpoints, &tokens.access_token, tokens.refresh_token.as_ref());
        let Some((token, kind)) = token else { return Ok(false) };
        let client = provider.credentials(services.clock.now(), services.random.as_ref());
        let client = client.map_err(|error| SignInError::with_source(Step::Resolve, FailureCode::Internal, error))?;
        let revoked = provider.revoke(&services.clients.of(&resolved), endpoints, &client, token, kind).await;
        services.providers.record_outcome(&revocation.provider, matches!(&revoked, Err(error) if error.is_outage()));
        revoked.map_err(|error| SignInError::with_source(Step::Exchange, FailureCode::ProviderError, error))?;
        Ok(true)
    }
}
