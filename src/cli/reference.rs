//! `vouchsafe completions`, `man` and `config schema`: what shells, manuals and editors know of the command line and the
//! settings, made from both.

use std::io;
use std::path::Path;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::settings::Settings;

/// Prints a script that completes commands and options in `shell`.
///
/// # Errors
/// If it cannot be written.
pub(super) fn completions(mut command: Command, shell: Shell) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "vouchsafe", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script)
}

/// Prints the manual page of the program, or writes those of all its commands into `folder`.
///
/// # Errors
/// If they cannot be written.
pub(super) fn manual(command: Command, folder: Option<&Path>) -> io::Result<()> {
    match folder {
        None => Man::new(command).render(&mut io::stdout().lock()),
        Some(folder) => clap_mangen::generate_to(command, folder),
    }
}

/// Prints the JSON Schema of the settings file.
///
/// # Errors
/// If it cannot be written.
pub(super) fn schema() -> io::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &Settings::schema())?;
    io::Write::write_all(&mut out, b"\n")
}
