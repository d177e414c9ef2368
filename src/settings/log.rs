//! The section `log`: what is logged, and how.

use super::reader::Section;
use crate::domain::client_address::ClientAddressPolicy;

/// `log.level` by default. `actix_session` warns about every invalid cookie, which anyone can send.
const DEFAULT_LEVEL: &str = "info,actix_server=warn,sqlx=warn,sea_orm_migration=warn,actix_session=error";

/// What is logged, and how. An embedding app has a logger of its own; to it apply `client_ip` and `access`.
#[derive(Clone, Debug)]
pub struct Log {
    /// `log.format`
    pub format: LogFormat,
    /// `log.level`: a filter as in `RUST_LOG`, which overrides it.
    pub level: String,
    /// `log.client_ip`: how much of a client's address is logged.
    pub client_ip: ClientAddressPolicy,
    /// `log.access`: whether each request is logged.
    pub access: bool,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// A JSON object.
    Json,
}

pub(super) fn read(mut section: Section<'_>) -> Log {
    let policies = [
        ("full", ClientAddressPolicy::Full),
        ("truncated", ClientAddressPolicy::Truncated),
        ("off", ClientAddressPolicy::Off),
    ];
    let level = section.parsed("level", "a filter like \"info\" or \"info,vouchsafe::flow=debug\"", |text| {
        is_filter(text).then(|| text.to_owned())
    });
    Log {
        format: section
            .choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)])
            .unwrap_or(LogFormat::Text),
        level: level.unwrap_or_else(|| DEFAULT_LEVEL.to_owned()),
        client_ip: section.choice("client_ip", &policies).unwrap_or(ClientAddressPolicy::Truncated),
        access: section.boolean("access").unwrap_or(false),
    }
}

/// Whether this is a list of levels and of modules with their levels.
fn is_filter(text: &str) -> bool {
    let is_level = |text: &str| text.parse::<log::LevelFilter>().is_ok();
    let is_module = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte))
    };
    text.split(',').all(|part| match part.trim().split_once('=') {
        None => is_level(part.trim()),
        Some((module, level)) => is_module(module) && is_level(level),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_is_a_list_of_filters() {
        for good in [DEFAULT_LEVEL, "debug", "off", "INFO, vouchsafe::flow=trace"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "loud", "info,", "vouchsafe", "vouchsafe=", "=info", "info/regex", "a=b=info"] {
            assert!(!is_filter(bad), "{bad}");
        }
    }
}
