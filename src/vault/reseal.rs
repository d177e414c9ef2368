//! After the keys changed, what lies in the vault is sealed anew, page by page, while people come and go.
//!
//! It may stop at any row and begin again: a row is changed only if it is still the one that was read.

use actix::{Handler, Message, ResponseFuture};

use super::vault::{Chamber, TokenVault, VaultError};
use crate::store::vault::{self, Place, Sealed};

/// Rows in one page.
const PAGE: u64 = 200;

/// Seals a page of rows anew, those after `after`. Answers where the next page begins; `None` at the end.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Place>, VaultError>")]
pub struct Reseal {
    /// Where the last page ended.
    pub after: Option<Place>,
}

impl Handler<Reseal> for TokenVault {
    type Result = ResponseFuture<Result<Option<Place>, VaultError>>;

    fn handle(&mut self, question: Reseal, _: &mut Self::Context) -> Self::Result {
        let chamber = self.chamber();
        Box::pin(async move { reseal(&chamber, question.after).await })
    }
}

async fn reseal(chamber: &Chamber, after: Option<Place>) -> Result<Option<Place>, VaultError> {
    let page = vault::page(&chamber.store, after.as_ref(), PAGE).await?;
    let mut resealed = 0_u64;
    for Sealed { place, provider, sealed } in &page {
        let Some(provider) = provider else { continue };
        match chamber.shelf.reseal(place.user_id, provider, sealed) {
            Ok(None) => {}
            Ok(Some(anew)) => {
                resealed += u64::from(vault::exchange(&chamber.store, place, sealed, anew).await?);
            }
            Err(error) => log::error!("a row of the vault was not sealed anew: {error}"),
        }
    }
    if resealed > 0 {
        log::info!(resealed; "rows of the vault are under the new key");
    }
    Ok(page.into_iter().last().map(|last| last.place))
}
