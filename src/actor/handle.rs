//! The way to a long-lived actor: a gate that counts, a deadline, and an addr that can be replaced.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Context, Handler, MailboxError, Message};

use crate::domain::gate::Gate;

/// Why a question got no answer. None of these says that the work was done or not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too much is in the actor's hands already; it was not asked.
    #[error("too much is in hand already")]
    Overloaded,
    /// The answer did not come in time.
    #[error("the answer did not come in time")]
    Timeout,
    /// The actor broke; it is being replaced.
    #[error("the actor broke and is being replaced")]
    Closed,
}

/// A handle to an actor. Clones lead to the same one.
pub struct ActorHandle<A: Actor> {
    addr: Arc<RwLock<Addr<A>>>,
    gate: Gate,
    deadline: Duration,
}

impl<A: Actor> Clone for ActorHandle<A> {
    fn clone(&self) -> Self {
        Self { addr: Arc::clone(&self.addr), gate: self.gate.clone(), deadline: self.deadline }
    }
}

impl<A: Actor> std::fmt::Debug for ActorHandle<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActorHandle")
            .field("gate", &self.gate)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<A: Actor<Context = Context<A>>> ActorHandle<A> {
    /// A handle to the actor at `addr`: at most `most` questions at once, each answered within `deadline`.
    #[must_use]
    pub fn new(addr: Addr<A>, max_in_flight: usize, deadline: Duration) -> Self {
        Self { addr: Arc::new(RwLock::new(addr)), gate: Gate::new(max_in_flight), deadline }
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send<M>(&self, message: M) -> Result<M::Result, SendError>
    where
        M: Message + Send + 'static,
        M::Result: Send,
        A: Handler<M>,
        A::Context: ToEnvelope<A, M>,
    {
        let _permit = self.gate.enter().ok_or(SendError::Overloaded)?;
        // By reference: each clone of an addr would add a slot to the mailbox.
        let question = self.addr.read().unwrap_or_else(PoisonError::into_inner).send(message);
        question.timeout(self.deadline).await.map_err(|error| match error {
            MailboxError::Closed => SendError::Closed,
            MailboxError::Timeout => SendError::Timeout,
        })
    }

    /// Whether the actor behind the handle still takes messages.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.addr.read().unwrap_or_else(PoisonError::into_inner).connected()
    }

    /// Puts another actor behind the handle.
    pub fn replace(&self, addr: Addr<A>) {
        *self.addr.write().unwrap_or_else(PoisonError::into_inner) = addr;
    }
}

#[cfg(test)]
mod tests {
    use actix::ResponseFuture;
    use futures_util::FutureExt;
    use tokio::sync::Semaphore;

    use super::*;

    struct Blocking(Arc<Semaphore>);

    impl Actor for Blocking {
        type Context = Context<Self>;
    }

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Wait;

    impl Handler<Wait> for Blocking {
        type Result = ResponseFuture<()>;
        fn handle(&mut self, _: Wait, _: &mut Context<Self>) -> Self::Result {
            let permits = Arc::clone(&self.0);
            Box::pin(async move { permits.acquire().await.expect("open").forget() })
        }
    }

    #[actix_rt::test]
    async fn sends_over_the_limit_are_rejected_until_one_ends() {
        let permits = Arc::new(Semaphore::new(0));
        let handle = ActorHandle::new(Blocking(Arc::clone(&permits)).start(), 2, Duration::from_secs(5));
        let mut inside: Vec<_> = (0..2).map(|_| Box::pin(handle.send(Wait))).collect();
        for waiting in &mut inside {
            assert!(waiting.now_or_never().is_none());
        }
        assert_eq!(handle.send(Wait).await, Err(SendError::Overloaded));
        permits.add_permits(3);
        for waiting in inside {
            assert_eq!(waiting.await, Ok(()));
        }
        assert_eq!(handle.send(Wait).await, Ok(()));
    }

    #[actix_rt::test]
    async fn missing_answer_times_out() {
        let handle = ActorHandle::new(Blocking(Arc::new(Semaphore::new(0))).start(), 2, Duration::from_millis(20));
        assert_eq!(handle.send(Wait).await, Err(SendError::Timeout));
        assert!(handle.is_connected());
    }
}
