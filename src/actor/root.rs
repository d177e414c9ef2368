//! The small root: it looks after long-lived actors, replaces one that broke, and gives up when that happens too often.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message};

use super::door::Door;
use super::health::Health;
use crate::domain::clock::{Clock, Timestamp};

/// How often the root looks.
const EVERY: Duration = Duration::from_millis(100);

/// How often an actor may be replaced: `most` times within `window`.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// This many times
    pub most: usize,
    /// within this long.
    pub window: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { most: 5, window: Duration::from_secs(60) }
    }
}

/// Somebody the root looks after.
trait Charge {
    fn name(&self) -> &'static str;
    fn is_alive(&self) -> bool;
    fn rebuild(&self);
}

struct Behind<A: Actor> {
    name: &'static str,
    door: Door<A>,
    build: Box<dyn Fn() -> Addr<A>>,
}

impl<A: Actor<Context = Context<A>>> Charge for Behind<A> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_alive(&self) -> bool {
        self.door.is_connected()
    }

    fn rebuild(&self) {
        self.door.replace((self.build)());
    }
}

/// What the process does when the budget is spent; the binary ends itself.
pub type OnGivingUp = Arc<dyn Fn() + Send + Sync>;

/// The root of the actors of one thread.
pub struct Root {
    charges: Vec<Box<dyn Charge>>,
    rebuilt: VecDeque<Timestamp>,
    budget: Budget,
    clock: Arc<dyn Clock>,
    health: Health,
    on_giving_up: OnGivingUp,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.charges.iter().map(|charge| charge.name()).collect();
        f.debug_struct("Root").field("charges", &names).field("budget", &self.budget).finish_non_exhaustive()
    }
}

impl Root {
    /// A root without charges.
    #[must_use]
    pub fn new(budget: Budget, clock: Arc<dyn Clock>, health: Health, on_giving_up: OnGivingUp) -> Self {
        Self { charges: Vec::new(), rebuilt: VecDeque::new(), budget, clock, health, on_giving_up }
    }

    /// Starts an actor that this root looks after: at most `most` questions at once, each answered within `deadline`.
    pub fn raise<A: Actor<Context = Context<A>>>(
        &mut self,
        name: &'static str,
        most: usize,
        deadline: Duration,
        build: impl Fn() -> Addr<A> + 'static,
    ) -> Door<A> {
        let door = Door::new(build(), most, deadline);
        self.charges.push(Box::new(Behind { name, door: door.clone(), build: Box::new(build) }));
        door
    }

    fn look(&mut self) {
        for charge in &self.charges {
            if charge.is_alive() || self.health.has_given_up() {
                continue;
            }
            let now = self.clock.now();
            while self.rebuilt.front().is_some_and(|then| now.since(*then) > self.budget.window) {
                self.rebuilt.pop_front();
            }
            if self.rebuilt.len() >= self.budget.most {
                log::error!(actor = charge.name(); "an actor broke too often; giving up");
                self.health.turn_red();
                (self.on_giving_up)();
                return;
            }
            log::warn!(actor = charge.name(); "an actor broke and was replaced");
            self.rebuilt.push_back(now);
            charge.rebuild();
        }
    }
}

impl Actor for Root {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.run_interval(EVERY, |root, _| root.look());
    }
}

/// Look now instead of at the next turn.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Look;

impl Handler<Look> for Root {
    type Result = ();

    fn handle(&mut self, _: Look, _: &mut Self::Context) {
        self.look();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::actor::door::NoAnswer;
    use crate::domain::clock::HandClock;

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

    struct Town {
        root: Addr<Root>,
        door: Door<Fragile>,
        clock: Arc<HandClock>,
        health: Health,
        given_up: Arc<AtomicUsize>,
    }

    fn town() -> Town {
        let (clock, health) = (Arc::new(HandClock::new(Timestamp::from_seconds(0))), Health::default());
        let (built, given_up) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&given_up);
        let on_giving_up: OnGivingUp = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let budget = Budget { most: 2, window: Duration::from_secs(60) };
        let mut root = Root::new(budget, Arc::clone(&clock) as _, health.clone(), on_giving_up);
        let build = move || Fragile(built.fetch_add(1, Ordering::SeqCst) + 1).start();
        let door = root.raise("fragile", 8, Duration::from_secs(5), build);
        Town { root: root.start(), door, clock, health, given_up }
    }

    impl Town {
        async fn break_it(&self) {
            assert_eq!(self.door.ask(Break).await, Err(NoAnswer::Broken));
            self.root.send(Look).await.expect("the root lives");
        }
    }

    #[actix_rt::test]
    async fn a_broken_actor_is_replaced_by_a_fresh_one() {
        let town = town();
        assert_eq!(town.door.ask(Number).await, Ok(1));
        town.break_it().await;
        assert_eq!(town.door.ask(Number).await, Ok(2));
        assert!(town.health.is_green());
    }

    #[actix_rt::test]
    async fn a_spent_budget_turns_the_light_red_and_is_told_once() {
        let town = town();
        for _ in 0..3 {
            town.break_it().await;
        }
        assert!(!town.health.is_green());
        assert_eq!(town.door.ask(Number).await, Err(NoAnswer::Broken));
        town.root.send(Look).await.expect("the root lives");
        assert_eq!(town.given_up.load(Ordering::SeqCst), 1);
    }

    #[actix_rt::test]
    async fn old_troubles_are_forgiven() {
        let town = town();
        for _ in 0..4 {
            town.break_it().await;
            town.clock.advance(Duration::from_secs(61));
        }
        assert!(town.health.is_green());
        assert_eq!(town.door.ask(Number).await, Ok(5));
    }
}
