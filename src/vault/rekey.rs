//! After the keys changed, what lies in the vault is sealed rekeyed, page by page, while people come and go.
//!
//! It may stop at any row and begin again: a row is changed only if it is still the one that was read.

use actix::{Handler, Message, ResponseFuture};

use super::vault::{TokenVault, VaultError, VaultState};
use crate::store::vault::{self, EntryKey, SealedEntry};

/// Rows in one page.
const PAGE_SIZE: u64 = 200;

/// Seals a page of rows rekeyed, those after `after`. Answers where the next page begins; `None` at the end.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<EntryKey>, VaultError>")]
pub struct Rekey {
    /// Where the last page ended.
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
    let mut resealed = 0_u64;
    for SealedEntry { key, provider, sealed } in &page {
        let Some(provider) = provider else { continue };
        match state.cipher.rekey(key.user_id, provider, sealed) {
            Ok(None) => {}
            Ok(Some(rekeyed)) => {
                resealed += u64::from(vault::replace(&state.store, key, sealed, rekeyed).await?);
            }
            Err(error) => log::error!("a row of the vault was not sealed rekeyed: {error}"),
        }
    }
    if resealed > 0 {
        log::info!(resealed; "rows of the vault are under the new key");
    }
    Ok(page.into_iter().last().map(|last| last.key))
}
