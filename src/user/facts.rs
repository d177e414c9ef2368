//! What the table of the policy looks at, gathered from the rows; and what it says of it.

use super::messages::{Intent, UserError, WouldCreateAccount};
use super::policy::{self, Decision, EmailOwner, Facts, PolicyError, ProviderEmail, Requested};
use super::repo::UserService;
use crate::domain::email::EmailAddress;
use crate::domain::profile::{EmailTrust, ExternalProfile};
use crate::store::{Executor, identities, users};

impl UserService {
    /// Whether a sign-in would make a new account: the same facts and the same table, and nothing is written.
    pub(super) async fn would_create_account(&self, request: &WouldCreateAccount) -> Result<bool, UserError> {
        let address = request.profile.email_address();
        let facts = self.gather_facts(&self.store, &request.profile, Requested::SignIn, address.as_ref()).await?;
        Ok(matches!(policy::decide(facts, self.rules()), Decision::Create(_)))
    }

    pub(super) async fn gather_facts(
        &self,
        access: &impl Executor,
        profile: &ExternalProfile,
        requested: Requested,
        address: Option<&EmailAddress>,
    ) -> Result<Facts, UserError> {
        let find_owner = async || identities::find_owner(access, &profile.provider, &profile.subject).await;
        let mut owner = find_owner().await?;
        let email_owner = match (address, &owner) {
            (Some(address), None) => self.email_owner(access, profile, address).await?,
            _ => None,
        };
        if email_owner.is_some() {
            // It may be the account that the same user began a moment ago, in another window.
            owner = find_owner().await?;
        }
        Ok(Facts {
            requested,
            owner: owner.map(|owner| self.account(&owner)),
            email_owner,
            address: self.provider_email(profile, address),
        })
    }

    async fn email_owner(
        &self,
        access: &impl Executor,
        profile: &ExternalProfile,
        address: &EmailAddress,
    ) -> Result<Option<EmailOwner>, UserError> {
        let found = users::find_status_by_email(access, address.canonical()).await?;
        let Some(standing) = found else { return Ok(None) };
        let theirs = identities::list(access, standing.id).await?;
        let has_identity_at_provider = theirs.iter().any(|identity| identity.provider == profile.provider.as_str());
        Ok(Some(EmailOwner { account: self.account(&standing), has_identity_at_provider }))
    }

    fn provider_email(&self, profile: &ExternalProfile, address: Option<&EmailAddress>) -> Option<ProviderEmail> {
        let lists = &self.sign_up.emails;
        let trust = profile.email.as_ref().map_or(EmailTrust::Unknown, |claim| claim.trust);
        match address {
            Some(address) => Some(ProviderEmail { trust, is_blocked: lists.blocks(address.canonical()) }),
            // An address that we cannot read is no way around the lists.
            None if profile.email.is_some() && !lists.is_empty() => {
                Some(ProviderEmail { trust: EmailTrust::Unknown, is_blocked: true })
            }
            None => None,
        }
    }
}

/// What is left of a decision when some policy are closed to this sign-in.
pub(super) fn narrow(decision: Decision, intent: Intent) -> Decision {
    match (decision, intent) {
        (Decision::LinkByEmail(_), Intent::SignIn(policy)) if !policy.is_linking_allowed => {
            Decision::Refuse(PolicyError::AlreadyExists)
        }
        (Decision::Create(_), Intent::SignIn(policy)) if !policy.is_sign_up_allowed => {
            Decision::Refuse(PolicyError::Unknown)
        }
        (decision, _) => decision,
    }
}
