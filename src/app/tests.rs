//! Actors that break on purpose, in the house as it is built.

use std::time::Duration;

use super::*;
use crate::actor::door::NoAnswer;
use crate::domain::audit::Origin;
use crate::domain::id::ProviderName;
use crate::provider::known::Need;
use crate::provider::providers::Providers;
use crate::provider::registry::{Break as BreakRegistry, Resolve};
use crate::user::messages::{Find, UserError};
use crate::user::policy::Refusal;
use crate::user::repo::Break as BreakUsers;
use crate::vault::take::Take;
use crate::vault::vault::Break as BreakVault;

fn settings() -> (Settings, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "mode = 'development'\n[database]\nurl = 'sqlite::memory:'\n[development]\ndirectory = '{}'",
        folder.path().display()
    );
    (Settings::from_toml(&text).expect("settings"), folder)
}

async fn house() -> (Vouchsafe, tempfile::TempDir) {
    let (settings, folder) = settings();
    (Vouchsafe::build(settings).await.expect("built"), folder)
}

/// Asks until somebody answers: the root looks every tenth of a second.
async fn until_answered<T>(mut ask: impl AsyncFnMut() -> Result<T, NoAnswer>) -> T {
    let answered = async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(_) => actix_rt::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), answered).await.expect("replaced in time")
}

#[actix_rt::test]
async fn every_long_lived_actor_is_replaced_when_it_breaks() {
    let (vouchsafe, _folder) = house().await;
    let front = worker::start(&vouchsafe.0);
    let nobody = UserId(uuid::Uuid::nil());
    let provider: ProviderName = "google".parse().expect("a name");

    assert_eq!(front.users.ask(BreakUsers).await, Err(NoAnswer::Broken));
    let found = until_answered(async || front.users.ask(Find { user_id: nobody }).await).await;
    assert!(matches!(found, Err(UserError::Refused(Refusal::Unknown))));

    assert_eq!(front.vault.ask(BreakVault).await, Err(NoAnswer::Broken));
    let take = Take {
        user_id: nobody,
        provider: provider.clone(),
        session_id: None,
        idempotency_key: None,
        origin: Origin::default(),
    };
    let taken = until_answered(async || front.vault.ask(take.clone()).await).await;
    assert!(matches!(taken, Ok(None)));

    let registry = &vouchsafe.0.registry;
    assert_eq!(registry.ask(BreakRegistry).await, Err(NoAnswer::Broken));
    let resolve = Resolve { name: provider.clone(), need: Need::Endpoints };
    let resolved = until_answered(async || registry.ask(resolve.clone()).await).await;
    assert!(resolved.is_ok());
    assert!(vouchsafe.health().is_green());
}

#[actix_rt::test]
async fn what_is_known_is_read_while_the_registry_is_broken() {
    let (vouchsafe, _folder) = house().await;
    let house = &vouchsafe.0;
    let providers = Providers::new(&house.published, Arc::clone(&house.clock), house.registry.clone());
    let provider: ProviderName = "github".parse().expect("a name");
    assert_eq!(house.registry.ask(BreakRegistry).await, Err(NoAnswer::Broken));
    assert!(providers.resolve(&provider, Need::Endpoints).await.is_ok());
}

#[actix_rt::test]
async fn an_actor_that_keeps_breaking_turns_the_light_red_and_tells_the_process() {
    let told = Arc::new(tokio::sync::Notify::new());
    let (settings, _folder) = settings();
    let bell = Arc::clone(&told);
    let vouchsafe = Vouchsafe::builder(settings).on_giving_up(move || bell.notify_one()).build().await.expect("built");
    let front = worker::start(&vouchsafe.0);
    let breaking = async {
        while vouchsafe.health().is_green() {
            let _ = front.users.ask(BreakUsers).await;
            actix_rt::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), breaking).await.expect("gave up in time");
    told.notified().await;
}
