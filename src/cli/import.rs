//! `vouchsafe import nhost`: imports users from a running Nhost.

use std::process::ExitCode;

use crate::app::import::{ImportError, ImportOptions, ImportPlan, import_nhost};
use crate::domain::secret::Secret;
use crate::settings::Settings;

/// The variables in which Nhost's service is told its database.
const VARIABLES: [&str; 2] = ["POSTGRES_CONNECTION", "HASURA_GRAPHQL_DATABASE_URL"];

/// Imports all users. Skipped users are listed and are no failure.
///
/// # Errors
/// Those of the databases; completed batches are kept.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn nhost(
    settings: Settings,
    from: Option<Secret>,
    options: ImportOptions,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let variable = || VARIABLES.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()));
    let source = from.or_else(|| variable().map(Secret::new));
    let source =
        source.ok_or_else(|| format!("where from? Say --from postgres://…, or set {}", VARIABLES.join(" or ")))?;
    let plan = ImportPlan { source, options };
    let import = import_nhost(settings, &plan, |id, reason| println!("skipped {id}: {reason}"));
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
    if options.is_dry_run {
        eprintln!("vouchsafe: this was a dry run, nothing was written");
    }
    Ok(ExitCode::SUCCESS)
}
