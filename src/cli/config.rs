//! `vouchsafe config …`: whether the settings can be used, and where each comes from.

use std::collections::BTreeSet;
use std::io::{self, Write};

use clap::Subcommand;

use super::Flags;
use crate::settings::{Explanation, ResolvedSetting, Settings, SettingsErrors, Sources, VariableStatus, Warning};

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Check the settings, keys and providers without starting anything
    ///
    /// The exit code is 0 if the service could start with them, as far as can be seen without database and network, else
    /// 2. With --strict warnings count as errors. `vouchsafe doctor` looks at database, network and providers, too.
    Check(Flags),
    /// Say whether a browser may be sent back to a URL, and by which rule, or how the nearest one differs
    ///
    /// The exit code is 0 if it may, 1 if not.
    CheckRedirect {
        /// The return URL, as an app sends it
        url: String,
        #[command(flatten)]
        sources: Flags,
    },
    /// Print the JSON Schema of the settings file, for editors
    Schema,
    /// Print every setting, its value and its source, the status of Nhost's variables, and warnings
    ///
    /// Secrets are printed as stars. Of providers only what is set is printed; the rest is in their definitions. Invalid
    /// settings are listed, and the exit code is 2, as with `serve`.
    Explain(Flags),
}

/// Checks what the service makes of valid settings, and returns where they come from, and their warnings.
///
/// # Errors
/// Why the service would not start.
pub(super) fn check(sources: Sources, settings: &Settings) -> Result<String, Box<dyn std::error::Error>> {
    crate::app::check(settings)?;
    let file = match &sources.file {
        Some((path, _)) => path.display().to_string(),
        None => "there is no settings file: the defaults of development mode".to_owned(),
    };
    let resolved = Settings::explain(sources)?.settings?;
    let others: BTreeSet<_> = resolved.into_iter().map(|setting| setting.source).collect();
    let others = others.into_iter().filter(|source| *source != file && source != "default");
    let all: Vec<_> = std::iter::once(file.clone()).chain(others).collect();
    let warnings = match settings.warnings.len() {
        0 => "no warnings".to_owned(),
        1 => "1 warning".to_owned(),
        more => format!("{more} warnings"),
    };
    let lines = settings.warnings.iter().map(|warning| format!("\n{warning}"));
    Ok(format!("the settings can be used, with {warnings}; sources: {}{}", all.join(", "), lines.collect::<String>()))
}

/// The result of an explanation.
pub(super) enum Explained {
    /// The settings are valid, perhaps with warnings.
    Valid(Vec<Warning>),
    /// The settings cannot be used.
    Invalid(SettingsErrors),
}

/// Writes the explanation of `sources`.
///
/// # Errors
/// If `out` cannot be written.
pub(super) fn explain(sources: Sources, out: &mut impl Write) -> io::Result<Explained> {
    let Explanation { settings, nhost, warnings } = match Settings::explain(sources) {
        Ok(explanation) => explanation,
        Err(errors) => return Ok(Explained::Invalid(errors)),
    };
    if let Ok(lines) = &settings {
        write_settings(lines, out)?;
    }
    if !nhost.is_empty() {
        let separator = if settings.is_ok() { "\n" } else { "" };
        write_nhost(&nhost, separator, out)?;
    }
    for (position, warning) in warnings.iter().enumerate() {
        let heading = if position == 0 { "\nWarnings\n" } else { "" };
        writeln!(out, "{heading}{warning}")?;
    }
    Ok(settings.map_or_else(Explained::Invalid, |_| Explained::Valid(warnings)))
}

fn write_settings(lines: &[ResolvedSetting], out: &mut impl Write) -> io::Result<()> {
    let width = |of: fn(&ResolvedSetting) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let keys = width(|line| line.key.len());
    // A long value moves its own source to the right, and no other.
    let values = width(|line| line.value.as_ref().map_or(1, |value| value.chars().count())).min(40);
    for ResolvedSetting { key, value, source } in lines {
        writeln!(out, "{key:keys$}  {:values$}  {source}", value.as_deref().unwrap_or("-"))?;
    }
    Ok(())
}

fn write_nhost(statuses: &[VariableStatus], separator: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{separator}Nhost's variables")?;
    for status in statuses {
        writeln!(out, "{} {status}", status.variable)?;
    }
    Ok(())
}
