//! Actors that panic in a complete service.

use std::time::Duration;

use super::*;
use crate::actor::handle::SendError;
use crate::domain::id::{ProviderName, SessionId};
use crate::domain::secret::Secret;
use crate::provider::metadata_cache::Required;
use crate::provider::providers::Providers;
use crate::provider::registry::Resolve;
use crate::provider::tests::Break as BreakRegistry;
use crate::session::access_token::Principal;
use crate::user::messages::{RequireLive, UserError};
use crate::user::policy::PolicyError;
use crate::user::repo::Break as BreakUsers;
use crate::vault::ticket::{PeekTicket, TicketPurpose};
use crate::vault::vault::Break as BreakVault;

fn settings() -> (Settings, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "mode = 'development'\n[database]\nurl = 'sqlite::memory:'\n[development]\ndirectory = '{}'",
        folder.path().display()
    );
    (Settings::from_toml(&text).expect("settings"), folder)
}

async fn build() -> (Vouchsafe, tempfile::TempDir) {
    let (settings, folder) = settings();
    (Vouchsafe::build(settings).await.expect("built"), folder)
}

/// Repeats a message until the restarted actor answers.
async fn until_answered<T>(mut ask: impl AsyncFnMut() -> Result<T, SendError>) -> T {
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
async fn actors_that_panic_are_replaced() {
    let (vouchsafe, _folder) = build().await;
    let worker = worker::start(&vouchsafe.0);
    let http = &worker.generation().http;
    let nobody = UserId(uuid::Uuid::nil());
    let provider: ProviderName = "google".parse().expect("a name");

    assert_eq!(http.users.send(BreakUsers).await, Err(SendError::Closed));
    let principal = Principal { user_id: nobody, session_id: Some(SessionId(uuid::Uuid::nil())) };
    let found = until_answered(async || http.users.send(RequireLive(principal)).await).await;
    assert!(matches!(found, Err(UserError::Policy(PolicyError::Unknown))));

    assert_eq!(http.vault.send(BreakVault).await, Err(SendError::Closed));
    let peek = PeekTicket { handle: Secret::new("none"), purpose: TicketPurpose::Link };
    let found = until_answered(async || http.vault.send(peek.clone()).await).await;
    assert!(matches!(found, Ok(None)));

    let (_, snapshot) = vouchsafe.0.snapshot();
    let registry = &snapshot.registry;
    assert_eq!(registry.send(BreakRegistry).await, Err(SendError::Closed));
    let resolve = Resolve { name: provider.clone(), required: Required::Endpoints };
    let resolved = until_answered(async || registry.send(resolve.clone()).await).await;
    assert!(resolved.is_ok());
    assert!(vouchsafe.health().is_ready());
}

#[actix_rt::test]
async fn cached_metadata_is_readable_while_the_registry_is_down() {
    let (vouchsafe, _folder) = build().await;
    let (state, (_, snapshot)) = (&vouchsafe.0, vouchsafe.0.snapshot());
    let providers = Providers::new(&snapshot.published, Arc::clone(&state.parts.clock), snapshot.registry.clone());
    let provider: ProviderName = "github".parse().expect("a name");
    assert_eq!(snapshot.registry.send(BreakRegistry).await, Err(SendError::Closed));
    assert!(providers.resolve(&provider, Required::Endpoints).await.is_ok());
}

#[actix_rt::test]
async fn actor_that_keeps_panicking_fails_readiness_and_calls_on_fatal() {
    let notify = Arc::new(tokio::sync::Notify::new());
    let (settings, _folder) = settings();
    let fatal = Arc::clone(&notify);
    let vouchsafe = Vouchsafe::builder(settings).on_fatal(move || fatal.notify_one()).build().await.expect("built");
    let worker = worker::start(&vouchsafe.0);
    let http = &worker.generation().http;
    let breaking = async {
        while vouchsafe.health().is_ready() {
            let _ = http.users.send(BreakUsers).await;
            actix_rt::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), breaking).await.expect("gave up in time");
    notify.notified().await;
}
