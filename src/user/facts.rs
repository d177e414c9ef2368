//! What the table of the policy looks at, gathered from the rows; and what it says of it.

use super::messages::{Foresee, Intent, UserError};
use super::policy::{self, Decision, Facts, Namesake, Refusal, Told, Wish};
use super::repo::Desk;
use crate::domain::email::EmailAddress;
use crate::domain::profile::{EmailTrust, ExternalProfile};
use crate::store::{Access, identities, people};

impl Desk {
    /// Whether a sign-in would make a new account: the same facts and the same table, and nothing is written.
    pub(super) async fn foresee(&self, question: &Foresee) -> Result<bool, UserError> {
        let address = question.profile.email.as_deref().and_then(|email| EmailAddress::parse(email).ok());
        let facts = self.gather(&self.store, &question.profile, Intent::SignIn, address.as_ref()).await?;
        Ok(matches!(policy::decide(facts, self.rules()), Decision::Create(_)))
    }

    pub(super) async fn gather(
        &self,
        access: &impl Access,
        profile: &ExternalProfile,
        intent: Intent,
        address: Option<&EmailAddress>,
    ) -> Result<Facts, UserError> {
        let wish = match intent {
            Intent::SignIn | Intent::SignInBy(_) => Wish::SignIn,
            Intent::SignUp => Wish::SignUp,
            Intent::Connect(user_id) => {
                let standing = people::find_standing(access, user_id).await?;
                Wish::Connect(standing.map(|standing| self.account(&standing)))
            }
        };
        let find_owner = async || identities::find_owner(access, &profile.provider, &profile.subject).await;
        let mut owner = find_owner().await?;
        let namesake = match (address, &owner) {
            (Some(address), None) => self.namesake(access, profile, address).await?,
            _ => None,
        };
        if namesake.is_some() {
            // It may be the account that the same person began a moment ago, in another window.
            owner = find_owner().await?;
        }
        Ok(Facts {
            wish,
            owner: owner.map(|owner| self.account(&owner)),
            namesake,
            address: self.told(profile, address),
        })
    }

    async fn namesake(
        &self,
        access: &impl Access,
        profile: &ExternalProfile,
        address: &EmailAddress,
    ) -> Result<Option<Namesake>, UserError> {
        let found = people::find_standing_by_address(access, address.canonical()).await?;
        let Some(standing) = found else { return Ok(None) };
        let theirs = identities::of_person(access, standing.id).await?;
        let is_known_there = theirs.iter().any(|identity| identity.provider == profile.provider.as_str());
        Ok(Some(Namesake { account: self.account(&standing), is_known_there }))
    }

    fn told(&self, profile: &ExternalProfile, address: Option<&EmailAddress>) -> Option<Told> {
        let (trust, lists) = (profile.email_trust, &self.sign_up.emails);
        match address {
            Some(address) => Some(Told { trust, is_barred: lists.bars(address.canonical()) }),
            // An address that we cannot read is no way around the lists.
            None if profile.email.is_some() && !lists.is_empty() => {
                Some(Told { trust: EmailTrust::Unknown, is_barred: true })
            }
            None => None,
        }
    }
}

/// What is left of a decision when some ways are closed to this sign-in.
pub(super) fn narrow(decision: Decision, intent: Intent) -> Decision {
    match (decision, intent) {
        (Decision::Adopt(_), Intent::SignInBy(ways)) if !ways.is_linking_open => {
            Decision::Refuse(Refusal::AlreadyExists)
        }
        (Decision::Create(_), Intent::SignInBy(ways)) if !ways.is_sign_up_open => Decision::Refuse(Refusal::Unknown),
        (decision, _) => decision,
    }
}
