//! Tokens that wait for their revocation.

use uuid::Uuid;

use super::*;
use crate::store::grants::GrantOwner;
use crate::store::revocations::{self, Which};
use crate::vault::revocation::{CompleteRevocation, LeaseRevocations, Revocation};

impl World {
    /// Moves what the vault keeps of this user to the pending revocations.
    async fn queue(&self, session: LiveSession) {
        let transaction = self.store.begin().await.expect("begun");
        let times = (START, START.plus(Duration::from_secs(86_400)));
        revocations::queue(&transaction, session.user_id(), Which::default(), &OsRandom, times).await.expect("queued");
        transaction.commit().await.expect("committed");
    }

    async fn queue_grant(&self, owner: &GrantOwner, sealed: Vec<u8>) {
        let transaction = self.store.begin().await.expect("begun");
        let times = (START, START.plus(Duration::from_secs(86_400)));
        revocations::add(&transaction, owner, sealed, &OsRandom, times).await.expect("queued");
        transaction.commit().await.expect("committed");
    }

    async fn count(&self) -> u64 {
        revocations::count(&self.store).await.expect("read")
    }
}

async fn lease(vault: &Addr<TokenVault>) -> Vec<Revocation> {
    vault.send(LeaseRevocations).await.expect("an answer").expect("leased")
}

async fn complete(vault: &Addr<TokenVault>, completion: CompleteRevocation) {
    vault.send(completion).await.expect("an answer").expect("completed");
}

#[actix_rt::test]
async fn revocation_is_leased_to_one_caller_until_it_is_done() {
    let world = World::new().await;
    let session = world.sign_up("1").await;
    world.put(session, "google", "at").await;
    world.queue(session).await;
    let first = lease(&world.vault).await;
    assert_eq!(first.len(), 1);
    assert_eq!((&first[0].provider, &first[0].tokens), (&provider("google"), &tokens("at")));
    assert_eq!(first[0].attempts, 1);
    world.clock.advance(Duration::from_millis(299_999));
    assert!(lease(&world.vault).await.is_empty(), "it is leased for five minutes");
    world.clock.advance(Duration::from_millis(1));
    let second = lease(&world.vault).await;
    assert_eq!(second[0].attempts, 2);
    complete(&world.vault, CompleteRevocation::Retry { id: second[0].id, attempts: second[0].attempts }).await;
    world.clock.advance(Duration::from_millis(119_999));
    assert!(lease(&world.vault).await.is_empty(), "the second delay has two minutes");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(lease(&world.vault).await.len(), 1);
    assert_eq!(world.count().await, 1);
    complete(&world.vault, CompleteRevocation::Done(Uuid::nil())).await;
    assert_eq!(world.count().await, 1, "another one was done");
    complete(&world.vault, CompleteRevocation::Done(first[0].id)).await;
    assert_eq!(world.count().await, 0);
}

#[actix_rt::test]
async fn tokens_of_a_grant_are_opened_by_its_account() {
    let world = World::new().await;
    let user_id = world.sign_up("1").await.user_id();
    let owner = GrantOwner { user_id, provider: provider("google"), subject: "104".to_owned() };
    let sealed = world.state.grants.seal(&owner, &tokens("of the grant")).expect("sealed");
    world.queue_grant(&owner, sealed).await;
    let leased = lease(&world.vault).await;
    assert_eq!((&leased[0].provider, &leased[0].tokens), (&owner.provider, &tokens("of the grant")));
}

#[actix_rt::test]
async fn what_cannot_be_opened_is_deleted_unless_another_node_may_have_the_key() {
    let world = World::new().await;
    let session = world.sign_up("1").await;
    world.put(session, "google", "at").await;
    world.queue(session).await;
    let (_, without_key) = world.vault_with(&[key(2)]);
    assert!(lease(&without_key).await.is_empty());
    assert_eq!(world.count().await, 1, "it waits for a node with the key");
    world.clock.advance(Duration::from_secs(300));
    assert_eq!(lease(&world.vault).await.len(), 1);
    // Sealed for the vault, and so not what a grant of this account holds.
    let owner = GrantOwner { user_id: session.user_id(), provider: provider("google"), subject: "104".to_owned() };
    world.queue_grant(&owner, b"broken".to_vec()).await;
    assert_eq!(world.count().await, 2);
    assert!(lease(&world.vault).await.is_empty());
    assert_eq!(world.count().await, 1, "what is broken is deleted");
}
