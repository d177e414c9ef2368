//! Batches: what arrives while a statement is under way is carried out together by the next one.
//!
//! A [`Batcher`] waits for nothing: an item that arrives when no batch is under way is a batch of its own. A batch that fails is carried out
//! item by item, so that sharing a statement is never more than an optimisation.

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;

use crate::domain::boxed::boxed;
use crate::metrics::BatchMetrics;

/// A batch that takes longer than this is continued beside the next one.
const DETACH_AFTER: Duration = Duration::from_millis(50);

/// How items of one kind are carried out.
pub trait Batch: 'static {
    /// What is to be done.
    type Item: 'static;
    /// What came of it.
    type Answer: 'static;

    /// Items with the same key are never in one batch, because they concern the same row. `None`: any others may be.
    fn key(&self, item: &Self::Item) -> Option<u128>;

    /// Waits until a batch can be carried out at once, and holds the permit until it was. What arrives meanwhile is part
    /// of the batch.
    fn permit(&self) -> impl Future<Output = Option<OwnedSemaphorePermit>> {
        std::future::ready(None)
    }

    /// Carries out `items` together. The answers are in the order of the items, `None` for an item that is to be carried
    /// out alone. No list at all: the batch failed and had no effect.
    fn together(&self, items: &[Self::Item]) -> impl Future<Output = Option<Vec<Option<Self::Answer>>>>;

    /// Carries out one item.
    fn alone(&self, item: Self::Item) -> impl Future<Output = Self::Answer>;
}

/// The batch ended by a panic, or with its thread; its items may or may not have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch was aborted")]
pub struct BatchAborted;

/// Gathers items into batches, one batch at a time. Cheap to clone; stays on its thread.
pub struct Batcher<B: Batch>(Rc<Queue<B>>);

struct Queue<B: Batch> {
    batch: B,
    max_size: usize,
    metrics: BatchMetrics,
    waiting: RefCell<VecDeque<Waiting<B>>>,
    is_running: Cell<bool>,
}

struct Waiting<B: Batch> {
    key: Option<u128>,
    item: B::Item,
    answer: oneshot::Sender<B::Answer>,
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<B: Batch> std::fmt::Debug for Batcher<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batcher").field("max_size", &self.0.max_size).finish_non_exhaustive()
    }
}

impl<B: Batch> Batcher<B> {
    /// Batches of at most `max_size` items; with a size of 1 each item is carried out alone.
    #[must_use]
    pub fn new(batch: B, max_size: usize, metrics: BatchMetrics) -> Self {
        Self(Rc::new(Queue { batch, max_size, metrics, waiting: RefCell::default(), is_running: Cell::new(false) }))
    }

    /// Has `item` carried out, to the end even if the caller stops waiting.
    ///
    /// # Errors
    /// [`BatchAborted`]
    pub async fn carry_out(&self, item: B::Item) -> Result<B::Answer, BatchAborted> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { key: self.0.batch.key(&item), item, answer };
        if self.0.max_size <= 1 {
            self.0.metrics.record(1);
            self.0.spawn_alone(waiting.item, waiting.answer);
        } else {
            self.0.waiting.borrow_mut().push_back(waiting);
            self.0.start();
        }
        answered.await.map_err(|_| BatchAborted)
    }
}

impl<B: Batch> Queue<B> {
    fn start(self: &Rc<Self>) {
        if !self.is_running.replace(true) {
            actix::spawn(run(Running(Rc::clone(self))));
        }
    }

    /// The first items with different keys; the others keep their places.
    fn next(&self) -> Vec<Waiting<B>> {
        let mut waiting = self.waiting.borrow_mut();
        let (mut keys, mut batch, mut skipped) = (HashSet::new(), Vec::new(), VecDeque::new());
        while let Some(next) = waiting.pop_front() {
            if next.key.is_none_or(|key| keys.insert(key)) {
                batch.push(next);
            } else {
                skipped.push_back(next);
            }
            if batch.len() == self.max_size {
                break;
            }
        }
        skipped.append(&mut waiting);
        *waiting = skipped;
        batch
    }

    async fn carry_out(self: Rc<Self>, batch: Vec<Waiting<B>>, permit: Option<OwnedSemaphorePermit>) {
        let (items, senders): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.item, one.answer)).unzip();
        self.metrics.record(items.len());
        let mut answers = self.batch.together(&items).await.unwrap_or_default().into_iter();
        drop(permit);
        for (item, sender) in items.into_iter().zip(senders) {
            match answers.next().flatten() {
                // The caller may have timed out.
                Some(answer) => drop(sender.send(answer)),
                None => {
                    self.metrics.left_out.inc();
                    self.spawn_alone(item, sender);
                }
            }
        }
    }

    fn spawn_alone(self: &Rc<Self>, item: B::Item, sender: oneshot::Sender<B::Answer>) {
        let queue = Rc::clone(self);
        actix::spawn(async move { drop(sender.send(queue.batch.alone(item).await)) });
    }
}

/// Stands for the task that carries out one batch after the other.
struct Running<B: Batch>(Rc<Queue<B>>);

impl<B: Batch> Drop for Running<B> {
    fn drop(&mut self) {
        self.0.is_running.set(false);
        // After a panic others may wait. A thread that ends can start nothing.
        if std::thread::panicking() && !self.0.waiting.borrow().is_empty() {
            self.0.start();
        }
    }
}

async fn run<B: Batch>(running: Running<B>) {
    loop {
        if running.0.waiting.borrow().is_empty() {
            return;
        }
        let permit = running.0.batch.permit().await;
        let mut work = boxed(|| Rc::clone(&running.0).carry_out(running.0.next(), permit));
        if timeout(DETACH_AFTER, &mut work).await.is_err() {
            actix::spawn(work);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::future::{join, join_all};
    use tokio::sync::Semaphore;

    use super::*;

    /// Doubles numbers; notes which were carried out together. Each batch waits for a permit.
    #[derive(Clone, Default)]
    struct Doubling(Rc<Notes>);

    #[derive(Default)]
    struct Notes {
        batches: RefCell<Vec<Vec<u32>>>,
        alone: RefCell<Vec<u32>>,
        under_way: Cell<usize>,
        permits: Option<Semaphore>,
        writer: Option<Arc<Semaphore>>,
    }

    impl Doubling {
        fn gated() -> Self {
            Self(Rc::new(Notes { permits: Some(Semaphore::new(0)), ..Notes::default() }))
        }

        fn allow(&self, batches: usize) {
            self.0.permits.as_ref().expect("gated").add_permits(batches);
        }
    }

    impl Batch for Doubling {
        type Item = u32;
        type Answer = u32;

        fn key(&self, item: &u32) -> Option<u128> {
            (*item < 1000).then_some(u128::from(*item))
        }

        async fn permit(&self) -> Option<OwnedSemaphorePermit> {
            Arc::clone(self.0.writer.as_ref()?).acquire_owned().await.ok()
        }

        async fn together(&self, items: &[u32]) -> Option<Vec<Option<u32>>> {
            self.0.under_way.set(self.0.under_way.get() + 1);
            if let Some(permits) = &self.0.permits {
                permits.acquire().await.expect("open").forget();
            }
            assert!(!items.contains(&666), "on purpose");
            self.0.batches.borrow_mut().push(items.to_vec());
            (!items.contains(&13)).then(|| items.iter().map(|item| (*item != 7).then_some(2 * item)).collect())
        }

        async fn alone(&self, item: u32) -> u32 {
            self.0.alone.borrow_mut().push(item);
            2 * item
        }
    }

    async fn double(batcher: &Batcher<Doubling>, items: &[u32]) -> Vec<Result<u32, BatchAborted>> {
        join_all(items.iter().map(|item| batcher.carry_out(*item))).await
    }

    #[actix_rt::test]
    async fn items_that_wait_share_the_next_batch() {
        let doubling = Doubling::gated();
        let batcher = Batcher::new(doubling.clone(), 3, BatchMetrics::default());
        let allow = async {
            tokio::task::yield_now().await;
            doubling.allow(8);
        };
        let (answers, ()) = join(double(&batcher, &[1, 2, 3, 4, 5]), allow).await;
        assert_eq!(answers, [Ok(2), Ok(4), Ok(6), Ok(8), Ok(10)]);
        assert_eq!(*doubling.0.batches.borrow(), [vec![1, 2, 3], vec![4, 5]]);
    }

    #[actix_rt::test]
    async fn items_that_arrive_before_the_permit_join_the_batch() {
        let writer = Arc::new(Semaphore::new(1));
        let held = Arc::clone(&writer).acquire_owned().await.expect("open");
        let doubling = Doubling(Rc::new(Notes { writer: Some(writer), ..Notes::default() }));
        let batcher = Batcher::new(doubling.clone(), 8, BatchMetrics::default());
        let later = async {
            // The first item waits for the permit by now.
            for _ in 0..8 {
                tokio::task::yield_now().await;
            }
            let answers = double(&batcher, &[2, 3]);
            let release = async { drop(held) };
            join(answers, release).await.0
        };
        let (first, others) = join(double(&batcher, &[1]), later).await;
        assert_eq!((first, others), (vec![Ok(2)], vec![Ok(4), Ok(6)]));
        assert_eq!(*doubling.0.batches.borrow(), [vec![1, 2, 3]]);
    }

    #[actix_rt::test]
    async fn items_with_one_key_are_in_different_batches() {
        let doubling = Doubling::default();
        let answers =
            double(&Batcher::new(doubling.clone(), 8, BatchMetrics::default()), &[1, 1, 2, 1, 1000, 1000]).await;
        assert_eq!(answers, [Ok(2), Ok(2), Ok(4), Ok(2), Ok(2000), Ok(2000)]);
        assert_eq!(*doubling.0.batches.borrow(), [vec![1, 2, 1000, 1000], vec![1], vec![1]]);
    }

    #[actix_rt::test]
    async fn failed_batch_is_carried_out_item_by_item() {
        let doubling = Doubling::default();
        let batcher = Batcher::new(doubling.clone(), 8, BatchMetrics::default());
        assert_eq!(double(&batcher, &[12, 13, 14]).await, [Ok(24), Ok(26), Ok(28)]);
        assert_eq!(*doubling.0.alone.borrow(), [12, 13, 14]);
        assert_eq!(double(&batcher, &[6, 7]).await, [Ok(12), Ok(14)]);
        assert_eq!(*doubling.0.alone.borrow(), [12, 13, 14, 7]);
    }

    #[actix_rt::test]
    async fn size_of_one_carries_out_each_item_alone() {
        let doubling = Doubling::default();
        assert_eq!(double(&Batcher::new(doubling.clone(), 1, BatchMetrics::default()), &[1, 2]).await, [Ok(2), Ok(4)]);
        assert_eq!((doubling.0.batches.borrow().len(), doubling.0.alone.borrow().len()), (0, 2));
    }

    #[actix_rt::test]
    async fn slow_batch_does_not_hold_up_the_next() {
        let doubling = Doubling::gated();
        let batcher = Batcher::new(doubling.clone(), 8, BatchMetrics::default());
        let allow = async {
            while doubling.0.under_way.get() < 2 {
                tokio::task::yield_now().await;
            }
            doubling.allow(2);
        };
        let (answers, ()) = join(double(&batcher, &[1, 1]), allow).await;
        assert_eq!(answers, [Ok(2), Ok(2)]);
    }

    #[actix_rt::test]
    async fn panic_loses_one_batch_and_not_the_next() {
        let batcher = Batcher::new(Doubling::default(), 2, BatchMetrics::default());
        assert_eq!(double(&batcher, &[666, 1, 2]).await, [Err(BatchAborted), Err(BatchAborted), Ok(4)]);
    }
}
