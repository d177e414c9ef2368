//! The command line: `vouchsafe [serve | reload | doctor | users … | webhooks … | migrate | backup FILE | healthcheck | flow ID | config … |
//! keys rotate | keys client-secret | import … | completions | man]`, with the options `--config FILE`, `--set KEY=VALUE` and `--strict`.

mod config;
mod database;
mod doctor;
mod file_limit;
mod flow;
mod healthcheck;
#[cfg(feature = "postgres")]
mod import;
mod keys;
mod local_service;
mod logger;
mod redirect;
mod reference;
mod reload;
mod serve;
mod service_manager;
mod signals;
mod users;
mod webhooks;

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use config::{Config, Explained};
use users::Users;
use webhooks::Webhooks;

use crate::domain::id::FlowTag;
use crate::settings::{Settings, Sources, Warning};
#[cfg(feature = "postgres")]
use import::Import;

/// Signs users in with external providers and keeps the providers' tokens.
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
    /// Start the server (the default).
    Serve(Flags),
    /// Look at settings, keys, database, public URL, clock and providers, and say what is wrong and what to do
    ///
    /// Each provider is asked with a made-up code whether it knows client id and secret; nothing is stored or issued.
    /// The exit code is 0 if there is no error (with --strict: no warning either), 1 if there is one, 2 if there was
    /// nothing to look at: invalid settings, or no network. docs/doctor.md lists everything that can be found.
    Doctor {
        #[command(flatten)]
        options: doctor::Options,
        #[command(flatten)]
        sources: Flags,
    },
    /// Have the running service read its settings again; exit code 0 if it uses them, else 1
    ///
    /// It is asked at server.bind with the first token of admin.token_file. Without one, send it SIGHUP.
    Reload(Flags),
    /// Look at users, and change them
    #[command(subcommand)]
    Users(Users),
    /// Look at messages of webhooks that were not delivered, and send them again
    #[command(subcommand)]
    Webhooks(Webhooks),
    /// Delete a user and all their data, as `users erase` does
    Erase(users::Target),
    /// Create or update the tables and end; `serve` does so at its start
    Migrate {
        /// Write nothing; the exit code is 1 if tables are missing or outdated
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        sources: Flags,
    },
    /// Copy the SQLite database to a new file, also while the service runs
    ///
    /// For PostgreSQL use pg_dump; docs/operations.md has the commands for both.
    Backup {
        /// The file to create
        file: PathBuf,
        #[command(flatten)]
        sources: Flags,
    },
    /// Ask the service on this machine whether it is ready; exit code 0 if it is, else 1
    Healthcheck(Flags),
    /// Explain a sign-in: what happened when, why it failed, and what to do
    ///
    /// The id is the `flow` of an error's URL or body, and in the log. Asks the service on this machine.
    Flow {
        /// The id of the flow
        id: FlowTag,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// A file with a token for operators, instead of admin.token_file
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        #[command(flatten)]
        sources: Flags,
    },
    /// Show the settings
    #[command(subcommand)]
    Config(Config),
    /// Rotate keys, or create the secret of a backend client
    #[command(subcommand)]
    Keys(Keys),
    /// Import users from another service
    #[cfg(feature = "postgres")]
    #[command(subcommand)]
    Import(Import),
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write one page for each command into a folder
    Man {
        /// The folder; it must exist
        folder: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Create a key, used from the next start or reload on; the old keys remain for verifying and opening
    ///
    /// With several nodes, all must know a key before one uses it: --prepare, reload all, --use ID, reload all.
    Rotate {
        #[command(flatten)]
        rotation: keys::Rotation,
        #[command(flatten)]
        sources: Flags,
    },
    /// Create a secret for a backend client, and print it with its hash for clients.NAME.secret_sha256
    ClientSecret,
}

impl Command {
    /// Where the command reads the settings; `None` if it needs none.
    fn sources(&self) -> Option<&Flags> {
        Some(match self {
            Self::Users(command) => command.sources(),
            Self::Webhooks(command) => command.sources(),
            Self::Erase(target) => target.sources(),
            Self::Serve(sources)
            | Self::Doctor { sources, .. }
            | Self::Reload(sources)
            | Self::Migrate { sources, .. }
            | Self::Backup { sources, .. }
            | Self::Healthcheck(sources)
            | Self::Flow { sources, .. }
            | Self::Config(Config::Check(sources) | Config::Explain(sources) | Config::CheckRedirect { sources, .. })
            | Self::Keys(Keys::Rotate { sources, .. }) => sources,
            #[cfg(feature = "postgres")]
            Self::Import(import) => &import.parts().1.sources,
            Self::Config(Config::Schema)
            | Self::Keys(Keys::ClientSecret)
            | Self::Completions { .. }
            | Self::Man { .. } => return None,
        })
    }
}

/// Where settings come from.
#[derive(Args, Clone, Debug)]
struct Flags {
    /// The settings file; else $VOUCHSAFE_CONFIG, ./vouchsafe.toml, /etc/vouchsafe/config.toml, or development mode
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting; overrides environment and file: --set server.bind=127.0.0.1:4001
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Treat warnings about dangerous settings as errors
    #[arg(long)]
    strict: bool,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), value.to_owned()))
}

/// Runs the program and returns its exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let without_settings = match &cli.command {
        Some(Command::Completions { shell }) => Some(reference::completions(Cli::command(), *shell)),
        Some(Command::Config(Config::Schema)) => Some(reference::schema()),
        Some(Command::Keys(Keys::ClientSecret)) => Some(keys::print_client_secret()),
        Some(Command::Man { folder }) => Some(reference::manual(Cli::command(), folder.as_deref())),
        _ => None,
    };
    if let Some(result) = without_settings {
        return exit(result.map(|()| ExitCode::SUCCESS).map_err(Into::into));
    }
    let mut flags = cli.sources;
    if let Some(more) = cli.command.as_ref().and_then(Command::sources).cloned() {
        flags.config = more.config.or(flags.config);
        flags.set.extend(more.set);
        flags.strict |= more.strict;
    }
    let result = match sources(&flags) {
        Ok(sources) => command(cli.command, sources, flags),
        Err(error) => Ok(invalid_settings(&error)),
    };
    exit(result)
}

/// The exit code of a command; its error is printed.
fn exit(result: Result<ExitCode, Box<dyn std::error::Error>>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vouchsafe: {error}");
            ExitCode::FAILURE
        }
    }
}

fn command(command: Option<Command>, sources: Sources, flags: Flags) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let strict = flags.strict;
    if let Some(Command::Config(Config::Explain(_))) = command {
        return Ok(match config::explain(sources, &mut std::io::stdout().lock())? {
            Explained::Valid(warnings) if strict && !warnings.is_empty() => invalid_settings(&Lines(&warnings)),
            Explained::Valid(_) => ExitCode::SUCCESS,
            Explained::Invalid(errors) => invalid_settings(&errors),
        });
    }
    if let Some(Command::Doctor { options, .. }) = command {
        return doctor::run(sources, options, strict);
    }
    let settings = match Settings::load(sources.clone()) {
        Ok(settings) => settings,
        Err(errors) if matches!(command, Some(Command::Reload(_))) => {
            return Err(format!("nothing was reloaded: the settings cannot be used\n{errors}").into());
        }
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    if strict && !settings.warnings.is_empty() {
        return Ok(invalid_settings(&Lines(&settings.warnings)));
    }
    match command {
        Some(Command::Reload(_)) => reload::reload(&settings),
        Some(Command::Users(command)) => users::run(&settings, command),
        Some(Command::Webhooks(command)) => webhooks::run(&settings, command),
        Some(Command::Erase(target)) => users::run(&settings, Users::Erase(target)),
        Some(Command::Config(Config::Check(_))) => Ok(match config::check(sources, &settings) {
            Ok(report) => print(&report),
            Err(error) => invalid_settings(&error),
        }),
        Some(Command::Config(Config::CheckRedirect { url, .. })) => Ok(redirect::check(&settings, &url)),
        Some(Command::Migrate { check, .. }) => database::migrate(&settings, check),
        Some(Command::Backup { file, .. }) => database::back_up(&settings, &file),
        Some(Command::Flow { id, json, token_file, .. }) => flow::explain(&settings, id, token_file.as_deref(), json),
        Some(Command::Healthcheck(_)) => healthcheck::healthcheck(&settings),
        #[cfg(feature = "postgres")]
        Some(Command::Import(from)) => {
            let (service, arguments) = from.parts();
            import::import(settings, service, arguments)
        }
        Some(Command::Keys(Keys::Rotate { rotation, .. })) => keys::rotate(sources, &settings, &rotation),
        _ => serve::serve(settings, move || load(&flags)),
    }
}

/// Reads the settings again; the error has a line for each that is wrong.
fn load(flags: &Flags) -> Result<Settings, String> {
    let settings = Settings::load(sources(flags)?).map_err(|errors| errors.to_string())?;
    let is_refused = flags.strict && !settings.warnings.is_empty();
    if is_refused { Err(Lines(&settings.warnings).to_string()) } else { Ok(settings) }
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn print(text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::SUCCESS
}

/// Prints what is wrong with the settings. The exit code is that of an invalid flag.
fn invalid_settings(errors: &impl fmt::Display) -> ExitCode {
    eprintln!("vouchsafe: the settings cannot be used\n{errors}");
    ExitCode::from(2)
}

/// Warnings, one per line.
struct Lines<'a>(&'a [Warning]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(Warning::to_string).collect::<Vec<_>>().join("\n"))
    }
}

fn sources(flags: &Flags) -> Result<Sources, String> {
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
    Ok(Sources { file, environment, flags: flags.set.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn flags_are_accepted_before_and_after_the_command() {
        let cli = Cli::try_parse_from(["vouchsafe", "serve", "--set", "server.bind=127.0.0.1:1", "--config", "x.toml"]);
        let Some(Command::Serve(flags)) = cli.expect("parsed").command else { panic!("serve") };
        assert_eq!(flags.set, [("server.bind".to_owned(), "127.0.0.1:1".to_owned())]);
        assert!(Cli::try_parse_from(["vouchsafe", "--set", "no-value"]).is_err());
    }
}
