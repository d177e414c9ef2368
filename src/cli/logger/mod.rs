//! The binary's logger: env_logger, with lines in a form of our own. Its filter can be exchanged while it runs.

mod line;

use std::sync::{OnceLock, PoisonError, RwLock};

use log::{Log, Metadata, Record};

use crate::domain::clock::{Clock, SystemClock};
use crate::settings;

/// Overrides `log.level`.
const VARIABLE: &str = "RUST_LOG";

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Forwards to the current logger.
struct Logger(RwLock<env_logger::Logger>);

/// Starts logging. Later calls have no effect.
pub(super) fn start(settings: &settings::Log) {
    let logger = LOGGER.get_or_init(|| Logger(RwLock::new(build(settings))));
    if log::set_logger(logger).is_ok() {
        log::set_max_level(logger.max_level());
    }
}

/// Applies changed settings to what is logged from now on.
pub(super) fn apply(settings: &settings::Log) {
    if let Some(logger) = LOGGER.get() {
        *logger.0.write().unwrap_or_else(PoisonError::into_inner) = build(settings);
        log::set_max_level(logger.max_level());
    }
}

fn build(settings: &settings::Log) -> env_logger::Logger {
    let variable = std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty());
    let (filter, format) = (variable.as_deref().unwrap_or(&settings.level), settings.format);
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(filter).format(move |out, record| line::write(out, format, SystemClock.now(), record)).build()
}

impl Logger {
    fn max_level(&self) -> log::LevelFilter {
        self.0.read().unwrap_or_else(PoisonError::into_inner).filter()
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        self.0.read().unwrap_or_else(PoisonError::into_inner).log(record);
    }

    fn flush(&self) {}
}
