//! `vouchsafe flow ID`: explains a sign-in. Its record is in the database, or in the memory of the service, which is asked at
//! `/admin/flows`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::healthcheck::reachable;
use super::operator_request::{detail, send};
use crate::app::{FlowReport, flow_records};
use crate::domain::id::FlowTag;
use crate::settings::{ADMIN_PATH, Records, Settings};

/// The limit of connecting, writing and reading, each.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Prints the record of a flow; the exit code is 1 if there is none.
///
/// # Errors
/// If the service cannot be asked; the text says what to do.
pub(super) fn explain(
    settings: &Settings,
    flow: FlowTag,
    token_file: Option<&Path>,
    as_json: bool,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if settings.flow.records == Records::Database
        && let Some(report) = actix_web::rt::System::new().block_on(flow_records::find(settings, flow))?
    {
        return print(&report, as_json);
    }
    let Some(file) = token_file.or(settings.admin.token_file.as_deref()) else {
        return Err("records are in the memory of the service, which tells them to operators only: set \
                    admin.token_file and restart it, or name the file with --token-file"
            .into());
    };
    let content = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let line = content.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let token = line.split_once(':').map_or(line, |(_, token)| token);
    let target = reachable(settings.server.bind);
    let path = format!("{}{ADMIN_PATH}/flows/{flow}", crate::app::mount_point(settings));
    let (status, body) = send("GET", target, &path, token, TIMEOUT)
        .map_err(|error| format!("{target} does not answer ({error}); is the service running on this machine?"))?;
    match status {
        200 => print(&serde_json::from_str(&body)?, as_json),
        404 => {
            eprintln!("vouchsafe: {}", detail(&body));
            Ok(ExitCode::FAILURE)
        }
        401 => {
            Err(format!("{}: the service does not know this token; reload it after a change", file.display()).into())
        }
        status => Err(format!("{target} answered with status {status}: {}", detail(&body)).into()),
    }
}

#[allow(clippy::print_stdout, reason = "the result of the command")]
fn print(report: &FlowReport, as_json: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if as_json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        print!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}
