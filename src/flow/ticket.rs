//! Redeems tickets: the second half of a sign-in whose flow ended in a ticket.

use std::net::IpAddr;

use super::error::{FailureCode, SignInError, Step};
use super::record::Event;
use super::service::SignInService;
use super::services::IdentifiedUser;
use super::timeline::Timeline;
use crate::domain::audit::RequestOrigin;
use crate::domain::log::Scope;
use crate::domain::secret::Secret;
use crate::user::messages::{Credential, Intent, SignedIn};
use crate::user::options::SignUpOptions;
use crate::vault::ticket::{OpenTicket, OpenedTicket, Ticket, TicketPurpose};

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
    /// Signs the user of a ticket in or up, or connects the identity, and takes the ticket in the same transaction. A
    /// refusal spends it, too; after [`FailureCode::Unavailable`] it can be redeemed again.
    ///
    /// # Errors
    /// [`SignInError`]; [`FailureCode::InvalidTicket`] if it is unknown, used or expired.
    pub async fn redeem_ticket(&self, redeem: RedeemTicket) -> Result<SignedIn, SignInError> {
        let RedeemTicket { handle, purpose, intent, options, ip } = redeem;
        let services = self.services();
        let opened = services.vault.send(OpenTicket { handle, purpose }).await??;
        let OpenedTicket { ticket, handle_hash } =
            opened.ok_or_else(|| SignInError::new(Step::MarkUsed, FailureCode::InvalidTicket))?;
        let Ticket { profile, tokens, flow } = ticket;
        let provider = profile.provider.clone();
        Scope::set_flow(flow);
        let timeline = Timeline::new(&services.clock, flow, &profile.provider);
        timeline.record(Event::Redeemed);
        Scope::set_provider(&profile.provider);
        let (credential, origin) = (Credential::RefreshToken, RequestOrigin::new(ip, Some(flow)));
        let returns_access_token = true;
        let user =
            IdentifiedUser { profile, tokens: Some(tokens), intent, options, credential, returns_access_token, origin };
        let done = services.sign_in(user, Some(handle_hash)).await;
        if let Ok(done) = &done {
            timeline.record_done(done);
        }
        if let Err(error) = &done {
            services.count_failure(&provider, error);
            services.publish_failure(&provider, Some(flow), None, error);
        }
        timeline.close(&services.records, done.as_ref().err());
        let done = done?;
        services.log_signed_in(&done, ip, None);
        Ok(done.signed_in)
    }
}
