//! A session store without a database: the session itself, sealed, is its key. `CookieSessionStore` of actix-session
//! knows one key only; here sessions are sealed with the first key of the settings and opened with any of them, so that
//! nodes may list their keys in different orders while keys are rotated.

use std::collections::HashMap;

use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_web::cookie::time::Duration;
use actix_web::web;
use anyhow::anyhow;

use super::dialect::{Dialect, HandOver};
use crate::http::current_state::CurrentState;
use crate::http::state::HttpState;

type SessionState = HashMap<String, String>;

/// Seals and opens sessions of one purpose, with the current keys.
#[derive(Clone, Debug)]
pub(super) struct SealedSessionStore {
    current: CurrentState,
    kind: HandOver,
}

impl SealedSessionStore {
    pub(super) fn new(current: CurrentState, kind: HandOver) -> Self {
        Self { current, kind }
    }

    fn dialect(&self) -> Option<web::Data<Dialect>> {
        self.current.get()
    }

    fn seal(&self, state: &SessionState) -> Result<SessionKey, anyhow::Error> {
        let (dialect, http) = self.dialect().zip(self.current.get::<HttpState>()).ok_or_else(|| anyhow!("no state"))?;
        let sealer = dialect.session_sealer(self.kind);
        let sealed = sealer.seal_text(&serde_json::to_vec(state)?, &[], http.random.as_ref())?;
        Ok(SessionKey::try_from(sealed)?)
    }
}

impl SessionStore for SealedSessionStore {
    async fn load(&self, key: &SessionKey) -> Result<Option<SessionState>, LoadError> {
        let state =
            self.dialect().and_then(|dialect| dialect.session_sealer(self.kind).open_text(key.as_ref(), &[]).ok());
        Ok(state.and_then(|state| serde_json::from_slice(&state).ok()))
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
