//! The command line: `vouchsafe [serve | erase ID | config explain | keys rotate | import nhost] [--config FILE] [--set KEY=VALUE]`.

mod config;
mod erase;
mod import;
mod keys;
mod serve;

use std::convert::Infallible;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use config::Explained;
use uuid::Uuid;

use crate::domain::secret::Secret;
use crate::settings::{Settings, Sources};

/// Signs people in with external providers and keeps what comes back.
#[derive(Debug, Parser)]
#[command(name = "vouchsafe", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    sources: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests (the default).
    Serve(Flags),
    /// Remove a person and everything that is theirs
    Erase {
        /// The id of their account
        id: Uuid,
        #[command(flatten)]
        sources: Flags,
    },
    /// Look at the settings
    #[command(subcommand)]
    Config(Config),
    /// Change keys
    #[command(subcommand)]
    Keys(Keys),
    /// Take people over from another service
    #[command(subcommand)]
    Import(Import),
}

#[derive(Debug, Subcommand)]
enum Import {
    /// From a running Nhost: people with their ids, identities and roles
    ///
    /// Whoever is here already stays as they are, so that it may be run again, also after it was interrupted. Who
    /// cannot be taken over is named with the reason, and left out. Nhost's database is only read.
    Nhost {
        /// Nhost's database, postgres://…; else $POSTGRES_CONNECTION or $HASURA_GRAPHQL_DATABASE_URL
        #[arg(long, value_name = "URL", value_parser = secret)]
        from: Option<Secret>,
        /// Write nothing, and say what would happen
        #[arg(long)]
        dry_run: bool,
        /// People in one transaction
        #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        batch: u32,
        #[command(flatten)]
        sources: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Make a new key and use it from the next start on; the old ones stay behind it
    ///
    /// With several machines all have to know a key before one of them uses it: --prepare, restart them all, --use ID,
    /// restart them all.
    Rotate {
        #[command(flatten)]
        rotation: keys::Rotation,
        #[command(flatten)]
        sources: Flags,
    },
}

#[derive(Debug, Subcommand)]
enum Config {
    /// Print every setting, its value and where it came from, and what became of Nhost's environment variables
    ///
    /// Secrets are printed as stars. Of the sections of providers only what is set is printed: the rest is known of
    /// each provider. When the settings cannot be used, all faults are printed, and it ends with 2 as `serve` does.
    Explain(Flags),
}

impl Command {
    fn sources(&self) -> &Flags {
        match self {
            Self::Serve(sources)
            | Self::Erase { sources, .. }
            | Self::Config(Config::Explain(sources))
            | Self::Keys(Keys::Rotate { sources, .. })
            | Self::Import(Import::Nhost { sources, .. }) => sources,
        }
    }
}

/// Where settings come from.
#[derive(Args, Clone, Debug)]
struct Flags {
    /// The settings file; else $VOUCHSAFE_CONFIG, ./vouchsafe.toml, /etc/vouchsafe/config.toml, or development mode
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, over environment and file: --set server.bind=127.0.0.1:4001
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it has the form KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Runs the program and answers how it ended.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut flags = cli.sources;
    if let Some(more) = cli.command.as_ref().map(Command::sources).cloned() {
        flags.config = more.config.or(flags.config);
        flags.set.extend(more.set);
    }
    let ended = match sources(flags) {
        Ok(sources) => command(cli.command, sources),
        Err(error) => Ok(unusable(&error)),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vouchsafe: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command(command: Option<Command>, sources: Sources) -> Result<ExitCode, Box<dyn std::error::Error>> {
    if let Some(Command::Config(Config::Explain(_))) = command {
        return Ok(match config::explain(sources, &mut std::io::stdout().lock())? {
            Explained::Well => ExitCode::SUCCESS,
            Explained::Faulty(faults) => unusable(&faults),
        });
    }
    let settings = match Settings::load(sources.clone()) {
        Ok(settings) => settings,
        Err(faults) => return Ok(unusable(&faults)),
    };
    match command {
        Some(Command::Erase { id, .. }) => erase::erase(settings, id),
        Some(Command::Import(Import::Nhost { from, dry_run, batch, .. })) => {
            import::nhost(settings, from, batch, dry_run)
        }
        Some(Command::Keys(Keys::Rotate { rotation, .. })) => keys::rotate(sources, &settings, &rotation),
        _ => serve::serve(settings),
    }
}

/// Says what is wrong with the settings. The code is that of a wrong flag: both are the operator's to mend.
fn unusable(why: &impl std::fmt::Display) -> ExitCode {
    eprintln!("vouchsafe: the settings cannot be used\n{why}");
    ExitCode::from(2)
}

fn sources(flags: Flags) -> Result<Sources, String> {
    let environment: Vec<(String, String)> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let file = match Settings::find_file(flags.config.as_deref(), &environment) {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Some((path, text))
        }
    };
    Ok(Sources { file, environment, flags: flags.set })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn flags_are_read_before_and_after_the_command() {
        let cli = Cli::try_parse_from(["vouchsafe", "serve", "--set", "server.bind=127.0.0.1:1", "--config", "x.toml"]);
        let Some(Command::Serve(flags)) = cli.expect("parsed").command else { panic!("serve") };
        assert_eq!(flags.set, [("server.bind".to_owned(), "127.0.0.1:1".to_owned())]);
        assert!(Cli::try_parse_from(["vouchsafe", "--set", "no-value"]).is_err());
    }
}
