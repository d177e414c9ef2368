//! `vouchsafe flow ID`: explains a sign-in. Its record is in the database, or in the memory of the service, which is asked at
//! `/admin/flows`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::local_service::ask_as_operator;
use crate::app::{FlowReport, flow_records};
use crate::domain::admin_token::AdminTokens;
use crate::domain::id::FlowTag;
use crate::domain::secret::Secret;
use crate::settings::{Records, Settings};

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
    let token = match token_file {
        Some(file) => Some(read_token(file)?),
        None => settings.admin.first_token.clone(),
    };
    let token = token.ok_or(
        "records are in the memory of the service, which tells them to operators only: set admin.token_file and reload \
         the service, or name the file with --token-file",
    )?;
    let answer = ask_as_operator(settings, "GET", &format!("/flows/{flow}"), token.expose(), TIMEOUT)?;
    match answer.status {
        200 => print(&serde_json::from_str(&answer.body)?, as_json),
        404 => {
            eprintln!("vouchsafe: {}", answer.detail());
            Ok(ExitCode::FAILURE)
        }
        401 => Err("the service does not know this token; reload it after a change".into()),
        status => Err(format!("the service answers {status}: {}", answer.detail()).into()),
    }
}

fn read_token(file: &Path) -> Result<Secret, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    AdminTokens::first(&text).map(Secret::new).ok_or_else(|| format!("{}: it has no token", file.display()))
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
