//! `vouchsafe import nhost`: takes people over from a running Nhost.

use std::process::ExitCode;

use crate::app::import::{ImportError, ImportPlan, import_nhost};
use crate::domain::secret::Secret;
use crate::settings::Settings;

/// Where Nhost's own service finds its database.
const VARIABLES: [&str; 2] = ["POSTGRES_CONNECTION", "HASURA_GRAPHQL_DATABASE_URL"];

/// Takes everybody over; answers well even if some had to be left out, because the summary says so.
///
/// # Errors
/// Whatever kept it from coming to an end.
#[allow(clippy::print_stdout, reason = "it answers whoever typed it")]
pub(super) fn nhost(
    settings: Settings,
    from: Option<Secret>,
    batch: u32,
    is_dry_run: bool,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let variable = || VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()));
    let from = from.or_else(|| variable().map(Secret::new));
    let from = from.ok_or_else(|| format!("where from? Say --from postgres://…, or set {}", VARIABLES.join(" or ")))?;
    let plan = ImportPlan { source: from, batch, is_dry_run };
    let import = import_nhost(settings, &plan, |id, why| println!("left out {id}: {why}"));
    let summary = match actix_web::rt::System::new().block_on(import) {
        Err(error) => {
            if let ImportError::Interrupted(_, summary) = &error {
                println!("{summary}");
            }
            return Err(error.into());
        }
        Ok(summary) => summary,
    };
    println!("{summary}");
    if is_dry_run {
        eprintln!("vouchsafe: this was a dry run, nothing was written");
    }
    Ok(ExitCode::SUCCESS)
}
