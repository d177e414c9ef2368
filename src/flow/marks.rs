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
