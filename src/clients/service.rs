//! Authenticates clients and records what they do, with the database of a worker.

use super::registry::{AuthenticatedClient, ClientRegistry};
use crate::domain::audit::Event;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::oauth::assertion_validation::{AssertionError, VerifiedAssertion};
use crate::store::used_flows::{self, FlowMark};
use crate::store::{Store, StoreError, audit};

/// What a client presents.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Its name and secret, in whichever way.
    Secret {
        /// Its name.
        client: String,
        /// Its secret.
        secret: Secret,
    },
    /// An assertion that it signed (`private_key_jwt`).
    Assertion(Secret),
}

/// Why a client was not authenticated.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// There is no such client, or this is not its secret.
    #[error("there is no client with this name and secret")]
    WrongSecret,
    /// The assertion is not valid.
    #[error("the client assertion is not valid: {0}")]
    Assertion(#[from] AssertionError),
    /// The assertion was presented before.
    #[error("the client assertion was used before")]
    Replayed,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The clients, as a worker uses them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientService {
    registry: ClientRegistry,
    store: Store,
}

impl ClientService {
    /// The service of a worker.
    #[must_use]
    pub fn new(registry: ClientRegistry, store: Store) -> Self {
        Self { registry, store }
    }

    /// The client that presents this. An assertion is spent, whatever becomes of the request.
    ///
    /// # Errors
    /// [`AuthenticationError`]
    pub async fn authenticate(
        &self,
        credential: &Credential,
        now: Timestamp,
    ) -> Result<AuthenticatedClient, AuthenticationError> {
        match credential {
            Credential::Secret { client, secret } => {
                self.registry.with_secret(client, secret).ok_or(AuthenticationError::WrongSecret)
            }
            Credential::Assertion(assertion) => {
                let (client, verified) = self.registry.with_assertion(assertion, now)?;
                let mark = mark(client.name(), &verified);
                let marked = used_flows::mark_used(&self.store, &[mark]).await?;
                if marked.contains(&true) { Ok(client) } else { Err(AuthenticationError::Replayed) }
            }
        }
    }

    /// Adds an event to the audit trail. Its commit waits for the disk, and with it the mark of an assertion, which was
    /// written before: a token is handed out only after both.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was added.
    pub async fn record(&self, event: Event, now: Timestamp) -> Result<(), StoreError> {
        audit::add(&self.store, event, now).await
    }
}

/// The mark of an assertion. No `state` of a flow has a blank, so no flow has this hash.
fn mark(client: &str, assertion: &VerifiedAssertion) -> FlowMark {
    let flow_hash = sha256(&format!("client assertion of {client}: {}", assertion.id));
    FlowMark { flow_hash, expires_at: assertion.expires_at }
}
