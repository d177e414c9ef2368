//! Tickets are redeemed once, for their purpose and in time.

use super::*;
use crate::domain::id::FlowTag;
use crate::metrics::TicketEvent;
use crate::vault::ticket::{OpenTicket, OpenedTicket, PeekTicket, StoreTicket, TakeTicket, Ticket, TicketPurpose};

fn ticket() -> Ticket {
    Ticket { profile: profile("google", "104"), tokens: tokens("at"), flow: FlowTag::of("state") }
}

impl World {
    async fn store_ticket(&self, purpose: TicketPurpose) -> Secret {
        let request = StoreTicket { ticket: ticket(), purpose };
        self.vault.send(request).await.expect("an answer").expect("stored")
    }

    async fn take_ticket(&self, handle: &Secret, purpose: TicketPurpose) -> Option<Ticket> {
        let request = TakeTicket { handle: handle.clone(), purpose };
        self.vault.send(request).await.expect("an answer").expect("no failure")
    }

    async fn open_ticket(&self, handle: &Secret, purpose: TicketPurpose) -> Option<OpenedTicket> {
        let request = OpenTicket { handle: handle.clone(), purpose };
        self.vault.send(request).await.expect("an answer").expect("no failure")
    }

    async fn peek_ticket(&self, handle: &Secret, purpose: TicketPurpose) -> Option<ExternalProfile> {
        let request = PeekTicket { handle: handle.clone(), purpose };
        self.vault.send(request).await.expect("an answer").expect("no failure")
    }

    fn tickets(&self, event: TicketEvent) -> u64 {
        self.state.metrics.tickets.of(event).get()
    }
}

#[actix_rt::test]
async fn ticket_is_read_at_will_and_taken_once_for_its_purpose() {
    let world = World::new().await;
    let (sign_in, link) = (TicketPurpose::SignIn, TicketPurpose::Link);
    let handle = world.store_ticket(sign_in).await;
    assert_ne!(handle, world.store_ticket(sign_in).await);
    for _ in 0..2 {
        assert_eq!(world.peek_ticket(&handle, sign_in).await, Some(ticket().profile));
        assert_eq!(world.open_ticket(&handle, sign_in).await.map(|opened| opened.ticket), Some(ticket()));
    }
    assert_eq!(world.peek_ticket(&handle, link).await, None);
    assert_eq!(world.open_ticket(&handle, link).await, None);
    assert_eq!(world.take_ticket(&handle, link).await, None);
    assert_eq!((world.tickets(TicketEvent::Stored), world.tickets(TicketEvent::Taken)), (2, 0));
    assert_eq!(world.take_ticket(&handle, sign_in).await, Some(ticket()));
    assert_eq!(world.take_ticket(&handle, sign_in).await, None);
    assert_eq!(world.open_ticket(&handle, sign_in).await, None);
    assert_eq!((world.tickets(TicketEvent::Stored), world.tickets(TicketEvent::Taken)), (2, 1));
}

#[actix_rt::test]
async fn ticket_lasts_as_long_as_its_purpose_allows() {
    for (purpose, seconds) in [(TicketPurpose::SignIn, 60), (TicketPurpose::SignUp, 120), (TicketPurpose::Link, 180)] {
        let world = World::new().await;
        let handle = world.store_ticket(purpose).await;
        world.clock.advance(Duration::from_millis(seconds * 1_000 - 1));
        assert!(world.open_ticket(&handle, purpose).await.is_some(), "{purpose:?}");
        world.clock.advance(Duration::from_millis(1));
        assert_eq!(world.open_ticket(&handle, purpose).await, None, "{purpose:?}");
        assert_eq!(world.peek_ticket(&handle, purpose).await, None, "{purpose:?}");
        assert_eq!(world.take_ticket(&handle, purpose).await, None, "{purpose:?}");
    }
}
