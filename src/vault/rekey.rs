//! Seals the rows of the vault with a new key, page by page, while the server runs.
//!
//! It may stop at any row and start again: a row is replaced only if it is still the one that was read.

use actix::{Handler, Message, ResponseFuture};

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::log;
use crate::store::vault::{self, EntryKey, SealedEntry};

/// Rows per page.
const PAGE_SIZE: u64 = 200;

/// Rekeys the page of rows after `after`. Returns the last key of the page; `None` at the end.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<EntryKey>, VaultError>")]
pub struct Rekey {
    /// The last key of the page before.
    pub after: Option<EntryKey>,
}

impl Handler<Rekey> for TokenVault {
    type Result = ResponseFuture<Result<Option<EntryKey>, VaultError>>;

    fn handle(&mut self, request: Rekey, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move { rekey(&state, request.after).await })
    }
}

async fn rekey(state: &VaultState, after: Option<EntryKey>) -> Result<Option<EntryKey>, VaultError> {
    let page = vault::page(&state.store, after.as_ref(), PAGE_SIZE).await?;
    let mut rekeyed_rows = 0_u64;
    let mut unopened = None;
    for SealedEntry { key, provider, sealed } in &page {
        let Some(provider) = provider else { continue };
        match state.cipher.rekey(key.user_id, provider, sealed) {
            Ok(None) => {}
            Ok(Some(rekeyed)) => {
                rekeyed_rows += u64::from(vault::replace(&state.store, key, sealed, rekeyed).await?);
            }
            Err(error) => unopened = Some((error, unopened.map_or(1, |(_, rows)| rows + 1_u64))),
        }
    }
    // One line for a page: without its key every row of a restored database fails.
    if let Some((error, rows)) = unopened {
        log::error!(rows; "rows of the vault do not open, is a key missing in keys.vault? {error}");
    }
    if rekeyed_rows > 0 {
        log::info!(rekeyed_rows; "rekeyed rows of the vault");
    }
    Ok(page.into_iter().last().map(|last| last.key))
}
