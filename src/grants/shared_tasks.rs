//! What is under way for grants on this worker: one task for each, however many callers wait for it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;

use tokio::sync::oneshot::{Receiver, Sender, channel};
use uuid::Uuid;

/// What the callers do after a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// They read the grant again.
    ReadAgain,
    /// They try again after this number of seconds: the provider, or something else that is needed, was out of reach.
    Unavailable(u64),
}

/// The tasks, by grant. Cheap to clone; stays on its thread.
#[derive(Clone, Default)]
pub(super) struct SharedTasks(Rc<RefCell<HashMap<Uuid, Vec<Sender<Ended>>>>>);

impl SharedTasks {
    /// Waits for the task of this grant, or starts `work` as the task, which goes on if its callers stop waiting.
    pub(super) fn join<F>(&self, grant: Uuid, work: impl FnOnce() -> F) -> Receiver<Ended>
    where
        F: Future<Output = Ended> + 'static,
    {
        let (sender, ended) = channel();
        let mut tasks = self.0.borrow_mut();
        if let Some(waiting) = tasks.get_mut(&grant) {
            waiting.push(sender);
            return ended;
        }
        tasks.insert(grant, vec![sender]);
        drop(tasks);
        let (task, work) = (Task { tasks: self.clone(), grant }, work());
        actix::spawn(async move {
            let result = work.await;
            for waiting in task.end() {
                drop(waiting.send(result.clone()));
            }
        });
        ended
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

/// A task under way. After a panic its callers are told that it ended, too.
struct Task {
    tasks: SharedTasks,
    grant: Uuid,
}

impl Task {
    fn end(&self) -> Vec<Sender<Ended>> {
        self.tasks.0.borrow_mut().remove(&self.grant).unwrap_or_default()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        drop(self.end());
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[actix_rt::test]
    async fn callers_of_one_grant_share_a_task() {
        let (tasks, started) = (SharedTasks::default(), Rc::new(RefCell::new(0)));
        let work = || {
            let started = Rc::clone(&started);
            async move {
                *started.borrow_mut() += 1;
                tokio::task::yield_now().await;
                Ended::Unavailable(7)
            }
        };
        let waiting: Vec<_> = (0..100).map(|n| tasks.join(Uuid::from_u128(n % 2), work)).collect();
        assert_eq!(tasks.len(), 2);
        for ended in join_all(waiting).await {
            assert_eq!(ended, Ok(Ended::Unavailable(7)));
        }
        assert_eq!((*started.borrow(), tasks.len()), (2, 0));
    }

    #[actix_rt::test]
    async fn panic_of_a_task_ends_it_for_its_callers() {
        let tasks = SharedTasks::default();
        let ended = tasks.join(Uuid::nil(), || async { panic!("on purpose") });
        assert!(ended.await.is_err());
        assert_eq!(tasks.len(), 0);
    }
}
