//! Redeems tickets: the second half of a sign-in whose flow ended in a ticket.

use std::net::IpAddr;

use super::error::{FailureCode, SignInError, Step};
use super::service::SignInService;
use super::services::IdentifiedUser;
use crate::domain::audit::RequestOrigin;
use crate::domain::fail_point;
use crate::domain::secret::Secret;
use crate::user::messages::{Credential, Intent, SignedIn};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{TakeTicket, Ticket, TicketPurpose};

/// An app's request to redeem a ticket.
#[derive(Clone, Debug)]
pub struct RedeemTicket {
    /// The ticket's handle, from the browser's cookie.
    pub handle: Secret,
    /// The purpose that the ticket must have.
    pub purpose: TicketPurpose,
    /// What to do with the identity.
    pub intent: Intent,
    /// Options for a new account.
    pub options: SignUpOptions,
    /// The IP address of the browser.
    pub ip: Option<IpAddr>,
}

impl SignInService {
    /// Takes the ticket and signs its user in or up, or connects the identity. The ticket is spent in any case.
    ///
    /// # Errors
    /// [`SignInError`]; [`FailureCode::InvalidTicket`] if it is unknown, used or expired.
    pub async fn redeem_ticket(&self, redeem: RedeemTicket) -> Result<SignedIn, SignInError> {
        let RedeemTicket { handle, purpose, intent, options, ip } = redeem;
        let services = self.services();
        let ticket = services.vault.send(TakeTicket { handle, purpose }).await??;
        let Ticket { profile, tokens, flow } =
            ticket.ok_or_else(|| SignInError::new(Step::MarkUsed, FailureCode::InvalidTicket))?;
        fail_point::reached("ticket");
        let (credential, origin) = (Credential::RefreshToken, RequestOrigin { client_ip: ip, flow: Some(flow) });
        services.sign_in(IdentifiedUser { profile, tokens: Some(tokens), intent, options, credential, origin }).await
    }
}
