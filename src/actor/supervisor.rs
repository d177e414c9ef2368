//! Restarts long-lived actors after a panic, within a budget.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, Addr, AsyncContext, Context, Handler, Message};

use super::handle::ActorHandle;
use super::health::Health;
use crate::domain::clock::{Clock, Timestamp};

/// Time between two checks.
const CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// At most `max_restarts` restarts within `window`.
#[derive(Clone, Copy, Debug)]
pub struct RestartBudget {
    /// The number of restarts.
    pub max_restarts: usize,
    /// The period.
    pub window: Duration,
}

impl Default for RestartBudget {
    fn default() -> Self {
        Self { max_restarts: 5, window: Duration::from_secs(60) }
    }
}

/// A supervised actor.
trait Child {
    fn name(&self) -> &'static str;
    fn is_alive(&self) -> bool;
    fn restart(&self);
}

struct ActorChild<A: Actor> {
    name: &'static str,
    handle: ActorHandle<A>,
    build: Box<dyn Fn() -> Addr<A>>,
}

impl<A: Actor<Context = Context<A>>> Child for ActorChild<A> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_alive(&self) -> bool {
        self.handle.is_connected()
    }

    fn restart(&self) {
        self.handle.replace((self.build)());
    }
}

/// Called when the budget is spent; the binary ends the process.
pub type OnFatal = Arc<dyn Fn() + Send + Sync>;

/// Restarts the actors of one thread.
pub struct RestartSupervisor {
    children: Vec<Box<dyn Child>>,
    restarts: VecDeque<Timestamp>,
    budget: RestartBudget,
    clock: Arc<dyn Clock>,
    health: Health,
    on_fatal: OnFatal,
}

impl std::fmt::Debug for RestartSupervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.children.iter().map(|child| child.name()).collect();
        f.debug_struct("RestartSupervisor")
            .field("children", &names)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

impl RestartSupervisor {
    /// A supervisor without children.
    #[must_use]
    pub fn new(budget: RestartBudget, clock: Arc<dyn Clock>, health: Health, on_fatal: OnFatal) -> Self {
        Self { children: Vec::new(), restarts: VecDeque::new(), budget, clock, health, on_fatal }
    }

    /// Starts and supervises an actor: at most `max_in_flight` messages at once, each answered within `deadline`.
    pub fn start_child<A: Actor<Context = Context<A>>>(
        &mut self,
        name: &'static str,
        max_in_flight: usize,
        deadline: Duration,
        build: impl Fn() -> Addr<A> + 'static,
    ) -> ActorHandle<A> {
        let handle = ActorHandle::new(build(), max_in_flight, deadline);
        self.children.push(Box::new(ActorChild { name, handle: handle.clone(), build: Box::new(build) }));
        handle
    }

    /// Starts the supervisor.
    #[must_use]
    pub fn supervise(self) -> Supervision {
        Supervision(self.start())
    }

    fn check(&mut self) {
        for child in &self.children {
            if child.is_alive() || self.health.has_failed() {
                continue;
            }
            let now = self.clock.now();
            while self.restarts.front().is_some_and(|restart| now.since(*restart) > self.budget.window) {
                self.restarts.pop_front();
            }
            if self.restarts.len() >= self.budget.max_restarts {
                log::error!(actor = child.name(); "actor panicked too often; not restarting it");
                self.health.mark_failed();
                (self.on_fatal)();
                return;
            }
            log::warn!(actor = child.name(); "actor panicked and was restarted");
            self.restarts.push_back(now);
            child.restart();
        }
    }
}

impl Actor for RestartSupervisor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_interval(CHECK_INTERVAL, |supervisor, _| supervisor.check());
    }
}

/// A running supervisor. When this is dropped it ends, and its actors do when nobody has a handle to them.
#[derive(Debug)]
pub struct Supervision(Addr<RestartSupervisor>);

impl Drop for Supervision {
    #[expect(clippy::disallowed_methods, reason = "sent once, and nobody can wait for it here")]
    fn drop(&mut self) {
        self.0.do_send(Stop);
    }
}

#[derive(Message)]
#[rtype(result = "()")]
struct Stop;

impl Handler<Stop> for RestartSupervisor {
    type Result = ();

    fn handle(&mut self, _: Stop, context: &mut Self::Context) {
        context.stop();
    }
}

/// Checks all children now.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct CheckNow;

impl Handler<CheckNow> for RestartSupervisor {
    type Result = ();

    fn handle(&mut self, _: CheckNow, _: &mut Self::Context) {
        self.check();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::actor::handle::SendError;
    use crate::domain::clock::ManualClock;

    struct Fragile(usize);

    impl Actor for Fragile {
        type Context = Context<Self>;
    }

    #[derive(Message)]
    #[rtype(result = "usize")]
    struct Number;

    impl Handler<Number> for Fragile {
        type Result = usize;
        fn handle(&mut self, _: Number, _: &mut Context<Self>) -> usize {
            self.0
        }
    }

    #[derive(Message)]
    #[rtype(result = "()")]
    struct Break;

    impl Handler<Break> for Fragile {
        type Result = ();
        fn handle(&mut self, _: Break, _: &mut Context<Self>) {
            panic!("on purpose");
        }
    }

    struct Fixture {
        supervisor: Addr<RestartSupervisor>,
        handle: ActorHandle<Fragile>,
        clock: Arc<ManualClock>,
        health: Health,
        fatal_calls: Arc<AtomicUsize>,
    }

    fn fixture() -> Fixture {
        let (clock, health) = (Arc::new(ManualClock::new(Timestamp::from_seconds(0))), Health::default());
        let (built, fatal_calls) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&fatal_calls);
        let on_fatal: OnFatal = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let budget = RestartBudget { max_restarts: 2, window: Duration::from_secs(60) };
        let mut supervisor = RestartSupervisor::new(budget, Arc::clone(&clock) as _, health.clone(), on_fatal);
        let build = move || Fragile(built.fetch_add(1, Ordering::SeqCst) + 1).start();
        let handle = supervisor.start_child("fragile", 8, Duration::from_secs(5), build);
        Fixture { supervisor: supervisor.start(), handle, clock, health, fatal_calls }
    }

    impl Fixture {
        async fn break_it(&self) {
            assert_eq!(self.handle.send(Break).await, Err(SendError::Closed));
            self.supervisor.send(CheckNow).await.expect("the supervisor runs");
        }
    }

    #[actix_rt::test]
    async fn panicked_actor_is_replaced() {
        let fixture = fixture();
        assert_eq!(fixture.handle.send(Number).await, Ok(1));
        fixture.break_it().await;
        assert_eq!(fixture.handle.send(Number).await, Ok(2));
        assert!(fixture.health.is_ready());
    }

    #[actix_rt::test]
    async fn spent_budget_fails_readiness_and_calls_on_fatal_once() {
        let fixture = fixture();
        for _ in 0..3 {
            fixture.break_it().await;
        }
        assert!(!fixture.health.is_ready());
        assert_eq!(fixture.handle.send(Number).await, Err(SendError::Closed));
        fixture.supervisor.send(CheckNow).await.expect("the supervisor runs");
        assert_eq!(fixture.fatal_calls.load(Ordering::SeqCst), 1);
    }

    #[actix_rt::test]
    async fn old_restarts_leave_the_budget() {
        let fixture = fixture();
        for _ in 0..4 {
            fixture.break_it().await;
            fixture.clock.advance(Duration::from_secs(61));
        }
        assert!(fixture.health.is_ready());
        assert_eq!(fixture.handle.send(Number).await, Ok(5));
    }
}
