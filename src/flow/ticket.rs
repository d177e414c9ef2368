//! The way in that has a stop: the flow ends in a ticket, and the app asks for its person when it is ready.
//!
//! Whoever shows the ticket's handle takes it off the shelf, once; from there on it is a sign-in like any other.

use std::net::IpAddr;

use super::cookie::{Destination, Flow};
use super::error::{FailureCode, SignInError, Step};
use super::service::{FlowServices, SignInService};
use super::steps::{TokenGrant, actor_unreachable, user_failure};
use super::supervisor::Outcome;
use crate::domain::audit::RequestOrigin;
use crate::domain::fail_point;
use crate::domain::profile::ExternalProfile;
use crate::domain::secret::Secret;
use crate::user::messages::{Credential, Intent, SignIn, SignedIn, WouldCreateAccount};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{StoreTicket, TakeTicket, Ticket, TicketPurpose};
use crate::vault::vault::{Seal, VaultError};

/// What an app wants of a ticket.
#[derive(Clone, Debug)]
pub struct RedeemTicket {
    /// The ticket's handle, from the browser's cookie.
    pub handle: Secret,
    /// What the ticket has to be good for.
    pub purpose: TicketPurpose,
    /// What the person wants.
    pub intent: Intent,
    /// Wishes for a new person.
    pub options: SignUpOptions,
    /// The browser's address.
    pub address: Option<IpAddr>,
}

impl SignInService {
    /// Takes the ticket, and signs its person in, or up, or connects them. The ticket is spent whatever comes of it.
    ///
    /// # Errors
    /// [`SignInError`]; [`FailureCode::InvalidTicket`] if there is no such ticket, or no more.
    pub async fn redeem_ticket(&self, redeem: RedeemTicket) -> Result<SignedIn, SignInError> {
        let RedeemTicket { handle, purpose, intent, options, address } = redeem;
        let services = self.services();
        let taken = services
            .vault
            .send(TakeTicket { handle, purpose })
            .await
            .map_err(actor_unreachable)?
            .map_err(vault_failure)?;
        let Ticket { profile, tokens, flow } =
            taken.ok_or_else(|| SignInError::new(Step::MarkUsed, FailureCode::InvalidTicket))?;
        fail_point::reached("ticket");
        let seal = Seal { provider: profile.provider.clone(), tokens };
        let sealable_tokens = Some(services.vault.send(seal).await.map_err(actor_unreachable)?);
        let (credential, origin) = (Credential::RefreshToken, RequestOrigin { client_ip: address, flow: Some(flow) });
        services.commit_sign_in(SignIn { profile, intent, options, sealable_tokens, credential, origin }).await
    }
}

impl FlowServices {
    /// The end of a journey: the person is signed in, or a ticket is kept.
    pub(super) async fn complete(
        &self,
        flow: &Flow,
        profile: ExternalProfile,
        grant: TokenGrant,
        origin: RequestOrigin,
    ) -> Result<Outcome, SignInError> {
        let purpose = match flow.destination {
            Destination::SignIn => return self.sign_in(flow, profile, grant, origin).await.map(Outcome::SignedIn),
            Destination::TicketOrSignUpForm if self.would_create_account(&profile).await? => TicketPurpose::SignUp,
            Destination::Ticket | Destination::TicketOrSignUpForm => TicketPurpose::SignIn,
            Destination::Link(..) => TicketPurpose::Link,
        };
        let ticket = Ticket { profile, tokens: grant.into_tokens(self.clock.now()), flow: flow.id.tag() };
        let handle = self
            .vault
            .send(StoreTicket { ticket, purpose })
            .await
            .map_err(actor_unreachable)?
            .map_err(vault_failure)?;
        Ok(match flow.destination {
            Destination::Link(user_id, session_id) => Outcome::ConfirmLink { handle, user_id, session_id },
            _ if purpose == TicketPurpose::SignUp => Outcome::TicketForSignUp(handle),
            _ => Outcome::Ticket(handle),
        })
    }

    /// Whether a new account would be made.
    async fn would_create_account(&self, profile: &ExternalProfile) -> Result<bool, SignInError> {
        let would_create_account = WouldCreateAccount { profile: profile.clone() };
        self.users.send(would_create_account).await.map_err(actor_unreachable)?.map_err(user_failure)
    }
}

fn vault_failure(error: VaultError) -> SignInError {
    let code = match &error {
        VaultError::Store(_) => FailureCode::Unavailable,
        VaultError::Seal(_) => FailureCode::Internal,
    };
    SignInError::with_source(Step::SignIn, code, error)
}
