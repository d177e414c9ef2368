//! `vouchsafe doctor`: looks at everything that a sign-in depends on, and says what is wrong and what to do.
//!
//! [`catalogue`] lists what can be found, and the other files look for it. Nothing is created, stored or issued:
//! providers are asked with a made-up code. A sign-in is not needed, and the service need not run.

mod catalogue;
mod credentials;
mod database;
mod files;
mod finding;
mod keys;
mod providers;
mod return_urls;
mod server;

use std::time::Duration;

use futures_util::future::join;

use self::catalogue::Check;
pub(crate) use self::finding::{Finding, Report, Severity};
use super::generated_keys;
use super::snapshot::http_policy;
use crate::domain::clock::Clock;
use crate::domain::random::RandomSource;
use crate::settings::{Settings, SettingsErrors, Sources};

/// The longest time of one call. A provider gets three of them at most.
const MAX_TIMEOUT: Duration = Duration::from_secs(10);

/// Whether only this machine and the database are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// The public URL and the providers are called.
    Used,
    /// Nothing is sent to anyone but the database.
    Unused,
}

/// The report on settings that cannot be used: nothing else could be looked at.
pub(crate) fn report_invalid(errors: &SettingsErrors) -> Report {
    Report::new(false, errors.iter().map(Finding::of_settings_error).collect())
}

/// Looks at everything. Must be called inside an actix system.
pub(crate) async fn examine(
    sources: Sources,
    mut settings: Settings,
    network: Network,
    clock: &dyn Clock,
    random: &dyn RandomSource,
) -> Report {
    settings.upstream.timeout = settings.upstream.timeout.min(MAX_TIMEOUT);
    generated_keys::add_existing(&mut settings);
    let mut found = vec![Finding::new(Check::SettingsUsable, "settings", origin(&sources))];
    found.extend(settings.warnings.iter().map(Finding::of_warning));
    found.extend(server::examine(&settings));
    found.extend(return_urls::examine(&settings));
    found.extend(keys::examine(&settings));
    found.extend(files::examine(sources));
    let (findings, mut is_anything_reached) = database::examine(&settings).await;
    found.extend(findings);
    let policy = match http_policy(&settings) {
        Ok(policy) => policy,
        Err(error) => {
            found.push(Finding::new(Check::SettingsInvalid, "upstream.ca_file", error.to_string()));
            return Report::new(true, found);
        }
    };
    let (findings, built) = providers::examine(&settings, &policy);
    found.extend(findings);
    if network == Network::Used {
        let (public, asked) =
            join(server::probe(&settings, &policy), providers::probe(&settings, &built, clock, random)).await;
        for (findings, is_reached) in [public, asked] {
            found.extend(findings);
            is_anything_reached |= is_reached;
        }
    }
    let could_look = network == Network::Unused || is_anything_reached || built.is_empty();
    if !could_look {
        found.push(Finding::new(Check::NetworkUnreachable, "network", "nothing that was called answered"));
    }
    Report::new(could_look, found)
}

fn origin(sources: &Sources) -> String {
    match &sources.file {
        Some((path, _)) => format!("read from {}", path.display()),
        None => "no settings file: the defaults of development mode".to_owned(),
    }
}
