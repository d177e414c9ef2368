//! Reads from the database what the policy depends on.

use super::messages::{UserError, WouldCreateAccount};
use super::policy::{self, Account, Decision, EmailOwner, Facts, ProviderEmail, Requested, Rules};
use super::repo::UserService;
use crate::domain::email::EmailAddress;
use crate::domain::profile::ExternalProfile;
use crate::store::users::AccountStatus;
use crate::store::{Executor, identities, users};

impl UserService {
    /// The operator's rules. Lists of allowed emails admit verified ones only, so they imply the two settings that
    /// require one.
    pub(super) fn rules(&self) -> Rules {
        let is_listed = self.sign_up.emails.has_allow_list();
        Rules {
            sign_up_enabled: self.sign_up.enabled,
            create_on_sign_in: self.sign_up.create_on_sign_in,
            new_users_disabled: self.sign_up.new_users_disabled,
            email_required: self.sign_up.email_required || is_listed,
            verified_email_required: self.sign_up.verified_email_required || is_listed,
            link_by_verified_email: self.sign_up.link_by_verified_email,
        }
    }

    /// An account as the policy sees it.
    pub(super) fn account(&self, status: &AccountStatus) -> Account {
        Account {
            id: status.id,
            is_disabled: status.is_disabled,
            is_blocked: self.is_blocked(status.email_canonical.as_deref()),
            is_unverified: status.email_canonical.is_some() && !status.is_email_verified,
        }
    }

    fn is_blocked(&self, canonical: Option<&str>) -> bool {
        let lists = &self.sign_up.emails;
        canonical.map_or_else(|| lists.has_allow_list(), |canonical| lists.blocks(canonical))
    }

    /// Whether a sign-in would create an account. Nothing is written.
    pub(super) async fn would_create_account(&self, request: &WouldCreateAccount) -> Result<bool, UserError> {
        let facts = self.gather_facts(&self.store, &request.profile, Requested::SignIn).await?;
        Ok(matches!(policy::decide(facts, self.rules()), Decision::Create(_)))
    }

    pub(super) async fn gather_facts(
        &self,
        executor: &impl Executor,
        profile: &ExternalProfile,
        requested: Requested,
    ) -> Result<Facts, UserError> {
        let email = profile.email_address();
        let find_owner = async || identities::find_owner(executor, &profile.provider, &profile.subject).await;
        let mut owner = find_owner().await?;
        let email_owner = match (&email, &owner) {
            (Some(email), None) => self.find_email_owner(executor, profile, email).await?,
            _ => None,
        };
        if email_owner.is_some() {
            // The same user may have created the account in another window since the first look.
            owner = find_owner().await?;
        }
        Ok(Facts {
            requested,
            owner: owner.map(|owner| self.account(&owner)),
            email_owner,
            email: self.provider_email(profile, email.as_ref()),
        })
    }

    async fn find_email_owner(
        &self,
        executor: &impl Executor,
        profile: &ExternalProfile,
        email: &EmailAddress,
    ) -> Result<Option<EmailOwner>, UserError> {
        let found = users::find_status_by_verified_email(executor, email.canonical()).await?;
        let Some(status) = found else { return Ok(None) };
        let identities = identities::list(executor, status.id).await?;
        Ok(Some(EmailOwner {
            id: status.id,
            is_disabled: status.is_disabled,
            is_blocked: self.is_blocked(status.email_canonical.as_deref()),
            has_identity_at_provider: identities.iter().any(|identity| identity.provider == profile.provider.as_str()),
        }))
    }

    pub(super) fn provider_email(
        &self,
        profile: &ExternalProfile,
        email: Option<&EmailAddress>,
    ) -> Option<ProviderEmail> {
        match email {
            Some(email) => Some(ProviderEmail {
                is_verified: profile.is_email_verified(),
                is_blocked: self.is_blocked(Some(email.canonical())),
            }),
            // An email that cannot be parsed must not bypass the lists.
            None if profile.email.is_some() && !self.sign_up.emails.is_empty() => {
                Some(ProviderEmail { is_verified: false, is_blocked: true })
            }
            None => None,
        }
    }
}
