//! `vouchsafe doctor`: shows what was found, and returns it as the exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use crate::app::doctor::{Finding, Network, Report, Severity, examine, report_invalid};
use crate::domain::clock::SystemClock;
use crate::domain::random::OsRandom;
use crate::settings::{Settings, Sources};

/// The exit code if there was nothing to look at, like that of invalid settings.
const COULD_NOT_LOOK: u8 = 2;

/// How to look and how to show it.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Options {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Call neither the public URL nor any provider, only the database
    #[arg(long)]
    offline: bool,
}

/// Looks at everything and prints what was found. Exit code 0: nothing is wrong, or only warnings and not `is_strict`;
/// 1: something is wrong; 2: nothing could be looked at.
///
/// # Errors
/// If the result cannot be printed.
pub(super) fn run(sources: Sources, options: Options, is_strict: bool) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let report = match Settings::load(sources.clone()) {
        Err(errors) => report_invalid(&errors),
        Ok(settings) => {
            let network = if options.offline { Network::Unused } else { Network::Used };
            let system = actix_web::rt::System::new();
            system.block_on(examine(sources, settings, network, &SystemClock, &OsRandom))
        }
    };
    let mut out = io::stdout().lock();
    if options.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        render(&report, &mut out)?;
    }
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    Ok(if !report.could_look {
        ExitCode::from(COULD_NOT_LOOK)
    } else if errors > 0 || is_strict && warnings > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn render(report: &Report, out: &mut impl Write) -> io::Result<()> {
    for Finding { id, severity, subject, message, remedy } in &report.findings {
        writeln!(out, "{:8} {subject}: {message} [{id}]", severity.name())?;
        if !remedy.is_empty() {
            writeln!(out, "{:8} → {remedy}", "")?;
        }
    }
    let counted = |severity, one: &str| match report.count(severity) {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    writeln!(out, "\n{}, {}", counted(Severity::Error, "error"), counted(Severity::Warning, "warning"))
}
