//! `vouchsafe healthcheck`: asks the service on this machine whether it is ready, for container images without a shell.

use std::process::ExitCode;
use std::time::Duration;

use super::local_service::ask;
use crate::settings::Settings;

const TIMEOUT: Duration = Duration::from_secs(2);

/// Asks `/healthz` at `server.bind`. Only the answer 200 is a success.
///
/// # Errors
/// If there is no answer.
pub(super) fn healthcheck(settings: &Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let path = if cfg!(feature = "nhost") { settings.nhost.paths.first().map_or("", String::as_str) } else { "" };
    let status = ask(settings, "GET", &format!("{path}/healthz"), TIMEOUT)?.status;
    if status == 200 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("vouchsafe: the service is not ready: /healthz answers {status}");
    Ok(ExitCode::FAILURE)
}
