//! A session store without a database: the session itself, sealed, is its key. `CookieSessionStore` of actix-session
//! knows one key only; here sessions are sealed with the first key of the settings and opened with any of them, so that
//! nodes may list their keys in different orders while keys are rotated.

use std::collections::HashMap;
use std::sync::Arc;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;

use crate::domain::random::RandomSource;
use crate::domain::seal::Sealer;

type SessionState = HashMap<String, String>;

/// Seals and opens sessions of one purpose.
#[derive(Clone, Debug)]
pub(super) struct SealedSessionStore {
    sealer: Sealer,
    random: Arc<dyn RandomSource>,
}

impl SealedSessionStore {
    pub(super) fn new(sealer: Sealer, random: Arc<dyn RandomSource>) -> Self {
        Self { sealer, random }
    }

    fn seal(&self, state: &SessionState) -> Result<SessionKey, anyhow::Error> {
        let sealed = self.sealer.seal_text(&serde_json::to_vec(state)?, &[], self.random.as_ref())?;
        Ok(SessionKey::try_from(sealed)?)
    }
}

impl SessionStore for SealedSessionStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        let state = self.sealer.open_text(key.as_ref(), &[]);
        Ok(state.ok().and_then(|state| serde_json::from_slice(&state).ok()))
    }

    async fn save(&self, state: SessionState, _ttl: &Duration) -> Result<SessionKey, SaveError> {
        self.seal(&state).map_err(SaveError::Other)
    }

    async fn update(&self, _key: SessionKey, state: SessionState, _ttl: &Duration) -> Result<SessionKey, UpdateError> {
        self.seal(&state).map_err(UpdateError::Other)
    }

    async fn update_ttl(&self, _key: &SessionKey, _ttl: &Duration) -> Result<(), anyhow::Error> {
        Ok(())
    }

    async fn delete(&self, _key: &SessionKey) -> Result<(), anyhow::Error> {
        Ok(())
    }
}
