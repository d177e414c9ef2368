//! The way in that has a stop: the flow ends in a ticket, and the app asks for its person when it is ready.
//!
//! Whoever shows the ticket's handle takes it off the shelf, once; from there on it is a sign-in like any other.

use std::net::IpAddr;

use super::directory::{Directory, Workshop};
use super::error::{Code, SignInError, Step};
use super::snapshot::{Destination, Flow};
use super::supervisor::Outcome;
use super::work::{Gained, no_answer, refused};
use crate::domain::audit::Origin;
use crate::domain::fail_point;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::user::messages::{Credential, Foresee, Intent, SignIn, SignedIn};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{LayTicket, Sort, TakeTicket, Ticket};
use crate::vault::vault::{Seal, VaultError};

/// What an app wants of a ticket.
#[derive(Clone, Debug)]
pub struct Redeem {
    /// The ticket's handle, from the browser's cookie.
    pub handle: Secret,
    /// What the ticket has to be good for.
    pub sort: Sort,
    /// What the person wants.
    pub intent: Intent,
    /// Wishes for a new person.
    pub options: SignUpOptions,
    /// The browser's address.
    pub address: Option<IpAddr>,
}

impl Directory {
    /// Takes the ticket, and signs its person in, or up, or connects them. The ticket is spent whatever comes of it.
    ///
    /// # Errors
    /// [`SignInError`]; [`Code::InvalidTicket`] if there is no such ticket, or no more.
    pub async fn redeem(&self, redeem: Redeem) -> Result<SignedIn, SignInError> {
        let Redeem { handle, sort, intent, options, address } = redeem;
        let workshop = self.workshop();
        let taken = workshop.vault.ask(TakeTicket { handle, sort }).await.map_err(no_answer)?.map_err(not_kept)?;
        let Ticket { profile, tokens, flow } =
            taken.ok_or_else(|| SignInError::new(Step::Claim, Code::InvalidTicket))?;
        fail_point::reached("ticket");
        let seal = Seal { provider: profile.provider.clone(), tokens };
        let deposit = Some(workshop.vault.ask(seal).await.map_err(no_answer)?);
        let (credential, origin) = (Credential::RefreshToken, Origin { address, flow: Some(flow) });
        workshop.write_down(SignIn { profile, intent, options, deposit, credential, origin }).await
    }
}

impl Workshop {
    /// The end of a journey: the person is signed in, or a ticket is kept.
    pub(super) async fn conclude(
        &self,
        flow: &Flow,
        profile: ExternalProfile,
        gained: Gained,
        origin: Origin,
    ) -> Result<Outcome, SignInError> {
        let sort = match flow.destination {
            Destination::SignIn => return self.sign_in(flow, profile, gained, origin).await.map(Outcome::SignedIn),
            Destination::TicketOrForm if self.is_stranger(&profile).await? => Sort::SignUp,
            Destination::Ticket | Destination::TicketOrForm => Sort::SignIn,
            Destination::Link(..) => Sort::Link,
        };
        let ticket = Ticket { profile, tokens: gained.into_tokens(self.clock.now()), flow: flow.id.tag() };
        let handle = self.vault.ask(LayTicket { ticket, sort }).await.map_err(no_answer)?.map_err(not_kept)?;
        Ok(match flow.destination {
            Destination::Link(user_id, session_id) => Outcome::ToConfirm { handle, user_id, session_id },
            _ if sort == Sort::SignUp => Outcome::TicketForForm(handle),
            _ => Outcome::Ticket(handle),
        })
    }

    /// Whether a new account would be made.
    async fn is_stranger(&self, profile: &ExternalProfile) -> Result<bool, SignInError> {
        let foresee = Foresee { profile: profile.clone() };
        self.users.ask(foresee).await.map_err(no_answer)?.map_err(refused)
    }
}

fn not_kept(error: VaultError) -> SignInError {
    let code = match &error {
        VaultError::Store(_) => Code::Unavailable,
        VaultError::Seal(_) => Code::Internal,
    };
    SignInError::caused(Step::SignIn, code, error)
}
