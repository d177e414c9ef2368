//! Rows get the seal of the current key.

use uuid::Uuid;

use super::*;
use crate::store::grants::{self, GrantOwner, GrantTokens};
use crate::store::vault::EntryKey;
use crate::vault::rekey::{Rekey, RekeyGrants};

impl World {
    async fn put_grant(&self, id: u128, owner: &GrantOwner, sealed: Vec<u8>) {
        let tokens = GrantTokens { sealed, scopes: Vec::new(), can_refresh: false, good_until: None, refresh_at: None };
        let transaction = self.store.begin().await.expect("begun");
        grants::add(&transaction, Uuid::from_u128(id), owner, tokens, START).await.expect("added");
        transaction.commit().await.expect("committed");
    }
}

#[actix_rt::test]
async fn entries_are_sealed_with_the_current_key_and_open_without_the_old_one() {
    let world = World::new().await;
    let session = world.sign_up("1").await;
    world.put(session, "github", "a").await;
    world.put(session, "google", "b").await;
    world.put_sealed(session, "spotify", b"broken".to_vec()).await;
    let (_, vault) = world.vault_with(&[key(2), key(1)]);
    let last = vault.send(Rekey { after: None }).await.expect("an answer").expect("rekeyed");
    assert_eq!(last, Some(EntryKey { user_id: session.user_id(), provider: "spotify".to_owned() }));
    let (new_key_only, _) = world.vault_with(&[key(2)]);
    let page = vault::page(&world.store, None, 10).await.expect("read");
    let opened: Vec<_> = page
        .iter()
        .map(|entry| {
            let provider = entry.provider.as_ref().expect("a name");
            new_key_only.cipher.open(session.user_id(), provider, &entry.sealed).ok()
        })
        .collect();
    assert_eq!(opened, [Some(tokens("a")), Some(tokens("b")), None]);
    assert_eq!(page[2].sealed, b"broken", "what does not open stays");
    assert_eq!(vault.send(Rekey { after: last }).await.expect("an answer").expect("rekeyed"), None);
    vault.send(Rekey { after: None }).await.expect("an answer").expect("rekeyed");
    assert_eq!(vault::page(&world.store, None, 10).await.expect("read"), page, "it is done once");
}

#[actix_rt::test]
async fn grants_are_sealed_with_the_current_key_and_open_without_the_old_one() {
    let world = World::new().await;
    let session = world.sign_up("1").await;
    let owner = |subject: &str| GrantOwner {
        user_id: session.user_id(),
        provider: provider("google"),
        subject: subject.to_owned(),
    };
    for (id, subject) in [(1, "a"), (2, "b")] {
        let sealed = world.state.grants.seal(&owner(subject), &tokens(subject)).expect("sealed");
        world.put_grant(id, &owner(subject), sealed).await;
    }
    world.put_grant(3, &owner("c"), b"broken".to_vec()).await;
    let (_, vault) = world.vault_with(&[key(2), key(1)]);
    let last = vault.send(RekeyGrants { after: None }).await.expect("an answer").expect("rekeyed");
    assert_eq!(last, Some(Uuid::from_u128(3)));
    let (new_key_only, _) = world.vault_with(&[key(2)]);
    let page = grants::page(&world.store, None, 10).await.expect("read");
    let opened: Vec<_> = page
        .iter()
        .map(|grant| new_key_only.grants.open(grant.owner.as_ref().expect("an owner"), &grant.sealed).ok())
        .collect();
    assert_eq!(opened, [Some(tokens("a")), Some(tokens("b")), None]);
    assert_eq!(page[2].sealed, b"broken", "what does not open stays");
    assert_eq!(vault.send(RekeyGrants { after: last }).await.expect("an answer").expect("rekeyed"), None);
    vault.send(RekeyGrants { after: None }).await.expect("an answer").expect("rekeyed");
    assert_eq!(grants::page(&world.store, None, 10).await.expect("read"), page, "it is done once");
}
