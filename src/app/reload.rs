//! Replaces what the settings determine while requests are answered.

use std::sync::Arc;

use super::snapshot::Snapshot;
use super::{BuildError, Vouchsafe};
use crate::settings::Settings;

/// Reads the settings again; the error lists all that is wrong with them.
pub(super) type LoadSettings = Box<dyn Fn() -> Result<Settings, String> + Send + Sync>;

/// Called with the new settings.
pub(super) type OnReload = Box<dyn Fn(&Settings) + Send + Sync>;

/// The outcome of a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reloaded {
    /// Settings that have changed and need a restart; their old values stay.
    pub needs_restart: Vec<&'static str>,
}

/// Why nothing was reloaded.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The settings cannot be read, or are not valid; one line for each error.
    #[error("{0}")]
    Settings(String),
    /// A key, a provider or a certificate cannot be used.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A setting has changed from which others are derived.
    #[error("{0} has changed, which needs a restart")]
    NeedsRestart(&'static str),
    /// The app was built without a source to read settings from.
    #[error("there is no source to read settings from")]
    NoSource,
}

impl Vouchsafe {
    /// Replaces what these settings determine: providers, keys, return URLs and origins, the rules for new users,
    /// lifetimes of tokens, and rate limits. Addresses, paths, the database and sizes stay; where these have changed, the
    /// answer names them.
    ///
    /// Requests and callbacks that arrive afterwards use the new settings, those that are under way the old ones. Flows
    /// go on, also those of earlier keys that are still listed; a flow of a provider that was removed fails.
    ///
    /// # Errors
    /// [`ReloadError`]; then all stays as it was.
    pub async fn reload(&self, settings: Settings) -> Result<Reloaded, ReloadError> {
        let state = &self.0;
        let _turn = state.reloading.lock().await;
        let (_, before) = state.snapshot();
        let needs_restart = before.settings.changed_fixed_keys(&settings);
        if let Some(key) = needs_restart.iter().find(|key| Settings::is_basic(key)) {
            return Err(ReloadError::NeedsRestart(key));
        }
        for warning in &settings.warnings {
            log::warn!("{warning}");
        }
        let settings = settings.with_fixed_of(&before.settings);
        let next = Snapshot::new(settings, Some(&before), &state.parts).await?;
        let settings = Arc::clone(&next.settings);
        state.replace_snapshot(next);
        (state.on_reload)(&settings);
        Ok(Reloaded { needs_restart })
    }

    /// Reloads from [`Builder::load_settings`](super::Builder::load_settings), and logs what came of it.
    ///
    /// # Errors
    /// [`ReloadError`]; then all stays as it was.
    pub async fn reload_from_source(&self) -> Result<Reloaded, ReloadError> {
        let load = self.0.load_settings.as_ref().ok_or(ReloadError::NoSource)?;
        let result = match load() {
            Ok(settings) => self.reload(settings).await,
            Err(errors) => Err(ReloadError::Settings(errors)),
        };
        match &result {
            Ok(Reloaded { needs_restart }) if needs_restart.is_empty() => log::info!("settings reloaded"),
            Ok(Reloaded { needs_restart }) => {
                log::warn!("settings reloaded, except for those that need a restart: {}", needs_restart.join(", "));
            }
            Err(error) => {
                error
                    .to_string()
                    .lines()
                    .for_each(|line| log::error!("settings not reloaded, the old ones stay: {line}"));
            }
        }
        result
    }

    /// The current settings, generated keys included.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.0.snapshot().1.settings)
    }
}
