//! The last step: what the flow is for is carried out, in one transaction.

use super::Identified;
use crate::domain::fail_point;
use crate::domain::secret::Secret;
use crate::flow::error::SignInError;
use crate::flow::intent::FlowIntent;
use crate::flow::record::Event;
use crate::flow::services::IdentifiedUser;
use crate::flow::supervisor::Outcome;
use crate::user::messages::{Credential, Intent, WouldCreateAccount};
use crate::vault::ticket::{StoreTicket, Ticket, TicketPurpose};

impl Identified {
    pub(super) async fn finish(self) -> Result<Outcome, SignInError> {
        let flow = self.flow.flow.clone();
        match &flow.intent {
            FlowIntent::SignIn(credential) => self.sign_in(Intent::SIGN_IN, credential.clone()).await,
            FlowIntent::SignUp(credential) => self.sign_in(Intent::SignUp, credential.clone()).await,
            FlowIntent::HandOver { sign_up_form } => self.hand_over(*sign_up_form).await,
            FlowIntent::Link(session) => {
                let ticket = self.store_ticket(TicketPurpose::Link, Event::AwaitsConfirmation).await;
                ticket.map(|handle| Outcome::ConfirmLink { handle, session: *session })
            }
        }
    }

    async fn sign_in(self, intent: Intent, credential: Credential) -> Result<Outcome, SignInError> {
        let Self { flow, profile, tokens, ip } = self;
        let (options, origin) = (flow.flow.options.clone(), flow.origin(ip));
        let user = IdentifiedUser {
            profile,
            tokens: Some(tokens),
            intent,
            options,
            credential,
            // The app gets its first one with the refresh token or the code.
            returns_access_token: false,
            origin,
        };
        let done = flow.services.sign_in(user, None).await;
        fail_point::reached("sign-in");
        let done = done?;
        flow.timeline.record_done(&done);
        flow.services.log_signed_in(&done, ip, Some(&flow.timeline));
        Ok(Outcome::SignedIn(done.signed_in))
    }

    async fn hand_over(self, sign_up_form: bool) -> Result<Outcome, SignInError> {
        if sign_up_form {
            let profile = self.profile.clone();
            if self.flow.services.users.send(WouldCreateAccount { profile }).await?? {
                return self.store_ticket(TicketPurpose::SignUp, Event::AwaitsApp).await.map(Outcome::TicketForSignUp);
            }
        }
        self.store_ticket(TicketPurpose::SignIn, Event::AwaitsApp).await.map(Outcome::Ticket)
    }

    async fn store_ticket(self, purpose: TicketPurpose, waits: Event) -> Result<Secret, SignInError> {
        let Self { flow, profile, tokens, .. } = self;
        let ticket = Ticket { profile, tokens, flow: flow.timeline.flow() };
        let stored = flow.services.vault.send(StoreTicket { ticket, purpose }).await;
        fail_point::reached("sign-in");
        let handle = stored??;
        flow.timeline.record(waits);
        Ok(handle)
    }
}
