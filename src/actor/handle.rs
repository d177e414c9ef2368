//! Handles to long-lived actors: bounded, with a deadline, and replaceable.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix::dev::ToEnvelope;
use actix::{Actor, Addr, Context, Handler, MailboxError, Message};
use tokio::sync::Semaphore;

/// Why a message got no answer. After `Timeout` and `Closed` the work may or may not have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too many messages are in flight; this one was not sent.
    #[error("too many messages in flight")]
    Overloaded,
    /// No answer within the deadline.
    #[error("no answer within the deadline")]
    Timeout,
    /// The actor stopped; it is being restarted.
    #[error("the actor stopped and is being restarted")]
    Closed,
}

/// A handle to an actor. Clones share its limit and its address.
pub struct ActorHandle<A: Actor> {
    addr: Arc<RwLock<Addr<A>>>,
    permits: Arc<Semaphore>,
    deadline: Duration,
}

impl<A: Actor> Clone for ActorHandle<A> {
    fn clone(&self) -> Self {
        Self { addr: Arc::clone(&self.addr), permits: Arc::clone(&self.permits), deadline: self.deadline }
    }
}

impl<A: Actor> std::fmt::Debug for ActorHandle<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActorHandle")
            .field("permits", &self.permits)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl<A: Actor<Context = Context<A>>> ActorHandle<A> {
    /// A handle to the actor at `addr`: at most `max_in_flight` messages at once, each answered within `deadline`.
    #[must_use]
    pub fn new(addr: Addr<A>, max_in_flight: usize, deadline: Duration) -> Self {
        Self { addr: Arc::new(RwLock::new(addr)), permits: Arc::new(Semaphore::new(max_in_flight)), deadline }
    }

    /// Sends a message and waits for its answer.
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
        let _permit = self.permits.try_acquire().map_err(|_| SendError::Overloaded)?;
        // Not through a clone: each clone of an address adds a slot to the mailbox.
        let request = self.addr.read().unwrap_or_else(PoisonError::into_inner).send(message);
        request.timeout(self.deadline).await.map_err(|error| match error {
            MailboxError::Closed => SendError::Closed,
            MailboxError::Timeout => SendError::Timeout,
        })
    }

    /// Whether the actor accepts messages.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.addr.read().unwrap_or_else(PoisonError::into_inner).connected()
    }

    /// Redirects the handle, and all its clones, to another actor.
    pub fn replace(&self, addr: Addr<A>) {
        *self.addr.write().unwrap_or_else(PoisonError::into_inner) = addr;
    }
}

#[cfg(test)]
mod tests {
    use actix::ResponseFuture;
    use futures_util::FutureExt;

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
        let mut in_flight: Vec<_> = (0..2).map(|_| Box::pin(handle.send(Wait))).collect();
        for waiting in &mut in_flight {
            assert!(waiting.now_or_never().is_none());
        }
        assert_eq!(handle.send(Wait).await, Err(SendError::Overloaded));
        permits.add_permits(3);
        for waiting in in_flight {
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
