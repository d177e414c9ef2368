//! `vouchsafe migrate` and `vouchsafe backup`: the database without the server.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::settings::Settings;

type Error = Box<dyn std::error::Error>;

/// Applies pending migrations. With `check` nothing is written: the code is 0 if there are none, else 1.
///
/// # Errors
/// Those of the database; then nothing was changed.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn migrate(settings: &Settings, check: bool) -> Result<ExitCode, Error> {
    let runtime = actix_web::rt::System::new();
    if !check {
        runtime.block_on(app::migrate(settings))?;
    } else if !runtime.block_on(app::has_database(settings))? {
        eprintln!("vouchsafe: the database has no tables of vouchsafe yet; `vouchsafe migrate` creates them");
        return Ok(ExitCode::FAILURE);
    }
    println!("the database is up to date");
    Ok(ExitCode::SUCCESS)
}

/// Copies a SQLite database into a new file, also while the service runs.
///
/// # Errors
/// Those of the database and of the file, and that PostgreSQL has its own program for this.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn back_up(settings: &Settings, target: &Path) -> Result<ExitCode, Error> {
    actix_web::rt::System::new().block_on(app::back_up(settings, target))?;
    println!("{} holds the database; keep it together with the keys of the settings", target.display());
    Ok(ExitCode::SUCCESS)
}
