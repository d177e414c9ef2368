//! Marks flows as used, those of several callbacks by one statement.

use tokio::sync::OwnedSemaphorePermit;

use crate::actor::batch::Batch;
use crate::store::used_flows::{self, FlowMark};
use crate::store::{Store, StoreError};

/// Marks flows as used. `true`: this callback, and no other, continues.
#[derive(Debug)]
pub struct MarkFlows(pub Store);

impl Batch for MarkFlows {
    type Item = FlowMark;
    type Answer = Result<bool, StoreError>;

    fn key(&self, mark: &Self::Item) -> Option<u128> {
        mark.flow_hash.first_chunk().map(|first| u128::from_be_bytes(*first))
    }

    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        self.0.batch_permit().await
    }

    async fn together(&self, marks: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        match used_flows::mark_used(&self.0, marks).await {
            Ok(marked) => Some(marked.into_iter().map(|is_first| Some(Ok(is_first))).collect()),
            // On PostgreSQL a single row may have been in the way; on SQLite all have waited for the one writer.
            Err(_) if !self.0.has_one_writer() => None,
            Err(error) => Some(marks.iter().map(|_| Some(Err(error.clone()))).collect()),
        }
    }

    async fn alone(&self, mark: Self::Item) -> Self::Answer {
        Ok(used_flows::mark_used(&self.0, &[mark]).await?.contains(&true))
    }
}

/// Looks whether flows were used, by the hashes of their states. `true`: by this node or another one.
#[derive(Debug)]
pub struct FindUsedFlows(pub Store);

impl Batch for FindUsedFlows {
    type Item = [u8; 32];
    type Answer = Result<bool, StoreError>;

    fn key(&self, _: &Self::Item) -> Option<u128> {
        None
    }

    async fn together(&self, flows: &[Self::Item]) -> Option<Vec<Option<Self::Answer>>> {
        let used = used_flows::find_used(&self.0, flows).await.ok()?;
        Some(used.into_iter().map(|is_used| Some(Ok(is_used))).collect())
    }

    async fn alone(&self, flow: Self::Item) -> Self::Answer {
        Ok(used_flows::find_used(&self.0, &[flow]).await?.contains(&true))
    }
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::domain::clock::Timestamp;
    #[cfg(feature = "postgres")]
    use crate::store::postgres;
    #[cfg(feature = "postgres")]
    use crate::store::testing::open;
    use crate::store::testing::{hide_table, open_sqlite};

    #[actix_rt::test]
    async fn one_statement_answers_for_each_of_its_flows() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open_sqlite(folder.path(), false).await;
        let (marks, find) = (MarkFlows(store.clone()), FindUsedFlows(store));
        let flow = |byte| FlowMark { flow_hash: [byte; 32], expires_at: Timestamp::from_seconds(1_800_000_000) };
        let read = |answers: Option<Vec<Option<Result<bool, StoreError>>>>| {
            let answers = answers.expect("one statement for all").into_iter();
            answers.map(|answer| answer.expect("an answer").expect("a database")).collect::<Vec<_>>()
        };
        assert_eq!(read(marks.together(&[flow(1), flow(2)]).await), [true, true]);
        assert_eq!(read(marks.together(&[flow(2), flow(3)]).await), [false, true]);
        assert_eq!(read(find.together(&[[3; 32], [4; 32]]).await), [true, false]);
        let keys = [1, 2].map(|byte| marks.key(&flow(byte)));
        assert_eq!(keys, [Some(u128::from_be_bytes([1; 16])), Some(u128::from_be_bytes([2; 16]))]);
        assert_eq!(find.key(&[1; 32]), None, "any number of requests may look for one flow");
    }

    #[actix_rt::test]
    async fn mark_that_is_written_alone_is_the_first_one_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open_sqlite(folder.path(), false).await;
        let (marks, find) = (MarkFlows(store.clone()), FindUsedFlows(store));
        let flow = || FlowMark { flow_hash: [1; 32], expires_at: Timestamp::from_seconds(1_800_000_000) };
        assert!(!find.alone([1; 32]).await.expect("a database"));
        assert!(marks.alone(flow()).await.expect("a database"));
        assert!(!marks.alone(flow()).await.expect("a database"));
        assert!(find.alone([1; 32]).await.expect("a database"));
    }

    #[actix_rt::test]
    async fn batches_of_marks_take_turns_on_sqlite_and_fail_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let marks = MarkFlows(open_sqlite(folder.path(), false).await);
        let permit = marks.permit().await.expect("a permit");
        assert!(marks.permit().now_or_never().is_none(), "one batch writes at a time");
        drop(permit);
        assert!(marks.permit().await.is_some());
        hide_table(&marks.0, "used_flows").await;
        let flow = |byte| FlowMark { flow_hash: [byte; 32], expires_at: Timestamp::from_seconds(1_800_000_000) };
        let answers = marks.together(&[flow(1), flow(2)]).await.expect("none is tried alone");
        assert!(answers.iter().all(|answer| matches!(answer, Some(Err(_)))) && answers.len() == 2);
    }

    #[cfg(feature = "postgres")]
    #[actix_rt::test]
    async fn flows_of_a_batch_that_fails_on_postgresql_are_marked_one_by_one() {
        let Some(url) = postgres::new_database() else { return };
        let marks = MarkFlows(open(&url).await.store(1));
        assert!(marks.permit().await.is_none(), "batches of two workers write at once");
        let flow = FlowMark { flow_hash: [1; 32], expires_at: Timestamp::from_seconds(1_800_000_000) };
        assert_eq!(marks.together(&[flow]).await.map(|answers| answers.len()), Some(1));
        hide_table(&marks.0, "used_flows").await;
        assert!(marks.together(&[flow]).await.is_none());
    }
}
