//! `vouchsafe config explain`: every setting, its value and where it came from, and what became of Nhost's variables.

use std::io::{self, Write};

use crate::settings::{Explanation, ResolvedSetting, Settings, SettingsErrors, Sources, VariableStatus};

/// How the explanation ended.
pub(super) enum Explained {
    /// Everything is well.
    Well,
    /// The settings cannot be used.
    Faulty(SettingsErrors),
}

/// Writes the explanation of `sources`.
///
/// # Errors
/// When nobody reads it.
pub(super) fn explain(sources: Sources, out: &mut impl Write) -> io::Result<Explained> {
    let Explanation { settings, nhost } = match Settings::explain(sources) {
        Ok(explanation) => explanation,
        Err(faults) => return Ok(Explained::Faulty(faults)),
    };
    if let Ok(lines) = &settings {
        write_settings(lines, out)?;
    }
    if !nhost.is_empty() {
        let gap = if settings.is_ok() { "\n" } else { "" };
        write_nhost(&nhost, gap, out)?;
    }
    Ok(settings.map_or_else(Explained::Faulty, |_| Explained::Well))
}

fn write_settings(lines: &[ResolvedSetting], out: &mut impl Write) -> io::Result<()> {
    let width = |of: fn(&ResolvedSetting) -> usize| lines.iter().map(of).max().unwrap_or(0);
    let keys = width(|line| line.key.len());
    // A long value pushes its own origin to the right and no other's.
    let values = width(|line| line.value.as_ref().map_or(1, |value| value.chars().count())).min(40);
    for ResolvedSetting { key, value, origin } in lines {
        writeln!(out, "{key:keys$}  {:values$}  {origin}", value.as_deref().unwrap_or("-"))?;
    }
    Ok(())
}

fn write_nhost(fates: &[VariableStatus], gap: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{gap}Nhost's variables")?;
    for fate in fates {
        writeln!(out, "{} {fate}", fate.variable)?;
    }
    Ok(())
}
