//! A recipient of events for tests.

use actix::{Actor, Context, Handler, Recipient};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::domain::event::Event;

struct Listener(UnboundedSender<Event>);

impl Actor for Listener {
    type Context = Context<Self>;
}

impl Handler<Event> for Listener {
    type Result = ();

    fn handle(&mut self, event: Event, _: &mut Self::Context) {
        // The test may be over.
        let _ = self.0.send(event);
    }
}

/// An actor, and the events that it is told of.
pub(crate) fn listen_to_events() -> (Recipient<Event>, UnboundedReceiver<Event>) {
    let (sender, told) = unbounded_channel();
    (Listener(sender).start().recipient(), told)
}
