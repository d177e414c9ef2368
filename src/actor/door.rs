//! The way to a long-lived actor: a gate that counts, a deadline, and an address that can be replaced.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Context, Handler, MailboxError, Message};

use crate::domain::gate::Gate;

/// Why a question got no answer. None of these says that the work was done or not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Too much is in the actor's hands already; it was not asked.
    #[error("too much is in hand already")]
    Busy,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    Late,
    /// The actor broke; it is being replaced.
    #[error("the actor broke and is being replaced")]
    Broken,
}

/// A door to an actor. Clones lead to the same one.
pub struct Door<A: Actor> {
    address: Arc<RwLock<Addr<A>>>,
    gate: Gate,
    deadline: Duration,
}

impl<A: Actor> Clone for Door<A> {
    fn clone(&self) -> Self {
        Self { address: Arc::clone(&self.address), gate: self.gate.clone(), deadline: self.deadline }
    }
}

impl<A: Actor> std::fmt::Debug for Door<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("gate", &self.gate).field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl<A: Actor<Context = Context<A>>> Door<A> {
    /// A door to the actor at `address`: at most `most` questions at once, each answered within `deadline`.
    #[must_use]
    pub fn new(address: Addr<A>, most: usize, deadline: Duration) -> Self {
        Self { address: Arc::new(RwLock::new(address)), gate: Gate::new(most), deadline }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// [`NoAnswer`]
    pub async fn ask<M>(&self, message: M) -> Result<M::Result, NoAnswer>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        let _permit = self.gate.enter().ok_or(NoAnswer::Busy)?;
        // By reference: each clone of an address would add a slot to the mailbox.
        let question = self.address.read().unwrap_or_else(PoisonError::into_inner).send(message);
        question.timeout(self.deadline).await.map_err(|error| match error {
            MailboxError::Closed => NoAnswer::Broken,
            MailboxError::Timeout => NoAnswer::Late,
        })
    }

    /// Whether the actor behind the door still takes messages.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.address.read().unwrap_or_else(PoisonError::into_inner).connected()
    }

    /// Puts another actor behind the door.
    pub fn replace(&self, address: Addr<A>) {
        *self.address.write().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

#[cfg(test)]
mod tests {
    use actix::ResponseFuture;
    use futures_util::FutureExt;
    use tokio::sync::Semaphore;

    use super::*;

    struct Doorman(Arc<Semaphore>);

    impl Actor for Doorman {
        type Context = Context<Self>;
    }

    #[derive(Message)]
    #[rtype(result = "()")]
    struct WaitForLeave;

    impl Handler<WaitForLeave> for Doorman {
        type Result = ResponseFuture<()>;
        fn handle(&mut self, _: WaitForLeave, _: &mut Context<Self>) -> Self::Result {
            let leave = Arc::clone(&self.0);
            Box::pin(async move { leave.acquire().await.expect("open").forget() })
        }
    }

    #[actix_rt::test]
    async fn what_is_over_the_count_is_turned_away_and_let_in_later() {
        let leave = Arc::new(Semaphore::new(0));
        let door = Door::new(Doorman(Arc::clone(&leave)).start(), 2, Duration::from_secs(5));
        let mut inside: Vec<_> = (0..2).map(|_| Box::pin(door.ask(WaitForLeave))).collect();
        for waiting in &mut inside {
            assert!(waiting.now_or_never().is_none());
        }
        assert_eq!(door.ask(WaitForLeave).await, Err(NoAnswer::Busy));
        leave.add_permits(3);
        for waiting in inside {
            assert_eq!(waiting.await, Ok(()));
        }
        assert_eq!(door.ask(WaitForLeave).await, Ok(()));
    }

    #[actix_rt::test]
    async fn an_answer_that_does_not_come_is_late() {
        let door = Door::new(Doorman(Arc::new(Semaphore::new(0))).start(), 2, Duration::from_millis(20));
        assert_eq!(door.ask(WaitForLeave).await, Err(NoAnswer::Late));
        assert!(door.is_connected());
    }
}
