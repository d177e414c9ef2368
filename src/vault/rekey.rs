//! Seals the rows of the vault and the grants with a new key, page by page, while the server runs.
//!
//! It may stop at any row and start again: a row is replaced only if it is still the one that was read.

use actix::{Handler, Message, ResponseFuture};
use uuid::Uuid;

use super::vault::{TokenVault, VaultError, VaultState};
use crate::domain::log;
use crate::domain::seal::SealError;
use crate::store::grants::{self, SealedGrant};
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

/// Rekeys the page of grants after `after`. Returns the last id of the page; `None` at the end.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Option<Uuid>, VaultError>")]
pub struct RekeyGrants {
    /// The last id of the page before.
    pub after: Option<Uuid>,
}

impl Handler<RekeyGrants> for TokenVault {
    type Result = ResponseFuture<Result<Option<Uuid>, VaultError>>;

    fn handle(&mut self, request: RekeyGrants, _: &mut Self::Context) -> Self::Result {
        let state = self.state();
        Box::pin(async move { rekey_grants(&state, request.after).await })
    }
}

async fn rekey_grants(state: &VaultState, after: Option<Uuid>) -> Result<Option<Uuid>, VaultError> {
    let page = grants::page(&state.store, after, PAGE_SIZE).await?;
    let mut done = Done::default();
    for SealedGrant { id, owner, sealed } in &page {
        let Some(owner) = owner else { continue };
        match state.grants.rekey(owner, sealed) {
            Ok(None) => {}
            Ok(Some(rekeyed)) => done.note_rekeyed(grants::replace(&state.store, *id, sealed, rekeyed).await?),
            Err(error) => done.note_unopened(error),
        }
    }
    done.log("grants");
    Ok(page.into_iter().last().map(|last| last.id))
}

/// What became of a page: one line for all of it, because without its key every row of a restored database fails.
#[derive(Debug, Default)]
struct Done {
    rekeyed: u64,
    unopened: u64,
    error: Option<SealError>,
}

impl Done {
    /// A row that was replaced meanwhile has a seal of the current key already.
    fn note_rekeyed(&mut self, is_replaced: bool) {
        self.rekeyed += u64::from(is_replaced);
    }

    fn note_unopened(&mut self, error: SealError) {
        self.unopened += 1;
        self.error = Some(error);
    }

    fn log(&self, table: &str) {
        if let Some(error) = &self.error {
            log::error!(rows = self.unopened, table; "rows of the vault do not open, is a key missing in keys.vault? {error}");
        }
        if self.rekeyed > 0 {
            log::info!(rekeyed_rows = self.rekeyed, table; "rekeyed rows of the vault");
        }
    }
}

async fn rekey(state: &VaultState, after: Option<EntryKey>) -> Result<Option<EntryKey>, VaultError> {
    let page = vault::page(&state.store, after.as_ref(), PAGE_SIZE).await?;
    let mut done = Done::default();
    for SealedEntry { key, provider, sealed } in &page {
        let Some(provider) = provider else { continue };
        match state.cipher.rekey(key.user_id, provider, sealed) {
            Ok(None) => {}
            Ok(Some(rekeyed)) => done.note_rekeyed(vault::replace(&state.store, key, sealed, rekeyed).await?),
            Err(error) => done.note_unopened(error),
        }
    }
    done.log("vault_entries");
    Ok(page.into_iter().last().map(|last| last.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kept_lines::keep_lines;

    #[test]
    fn page_without_a_row_to_tell_of_writes_no_line() {
        let kept = keep_lines();
        Done::default().log("grants");
        assert!(kept.lines().is_empty());
        Done { rekeyed: 2, ..Done::default() }.log("grants");
        assert_eq!(kept.lines(), ["rekeyed rows of the vault rekeyed_rows=2 table=grants"]);
        Done { unopened: 3, error: Some(SealError::UnknownKey), ..Done::default() }.log("grants");
        let [_, line] = &kept.lines()[..] else { panic!("one more line") };
        assert!(line.starts_with("rows of the vault do not open") && line.ends_with(" rows=3 table=grants"), "{line}");
    }

    #[test]
    fn rows_are_counted_by_what_became_of_them_with_the_last_error() {
        let mut done = Done::default();
        for is_replaced in [true, false, true] {
            done.note_rekeyed(is_replaced);
        }
        done.note_unopened(SealError::Broken);
        done.note_unopened(SealError::UnknownKey);
        assert_eq!((done.unopened, done.rekeyed, done.error), (2, 2, Some(SealError::UnknownKey)));
    }
}
