//! `vouchsafe import`: imports users from the database of another service.

use std::convert::Infallible;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Flags, key_and_value};
use crate::app::import::{ImportError, ImportOptions, ImportPlan, Service, import_users};
use crate::domain::secret::Secret;
use crate::settings::Settings;

/// The services that users come from.
///
/// Users that exist are not changed, so an import can be repeated or continued. Users that cannot be imported are listed
/// with the reason and skipped. The service's database is only read.
#[derive(Debug, Subcommand)]
pub(super) enum Import {
    /// From a running Nhost: users with their ids, identities and roles
    Nhost(Arguments),
    /// From Supabase Auth: users with their ids and identities
    Supabase(Arguments),
    /// From better-auth: users with their identities, from PostgreSQL or SQLite (sqlite://FILE)
    ///
    /// An id that is no UUID is replaced; the old one is in the user's metadata, as imported_id.
    BetterAuth(Arguments),
}

impl Import {
    pub(super) fn parts(&self) -> (Service, &Arguments) {
        match self {
            Self::Nhost(arguments) => (Service::Nhost, arguments),
            Self::Supabase(arguments) => (Service::Supabase, arguments),
            Self::BetterAuth(arguments) => (Service::BetterAuth, arguments),
        }
    }
}

/// How to import.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The service's database, postgres://…; else what its own variables say
    #[arg(long, value_name = "URL", value_parser = secret)]
    from: Option<Secret>,
    /// Write nothing; print what would happen
    #[arg(long)]
    dry_run: bool,
    /// Import emails that the service marks as verified as verified ones, if it set that mark only on proof; Nhost before
    /// the fix of CVE-2026-41574 did not
    #[arg(long)]
    trust_verified: bool,
    /// The name here of a provider that is called otherwise there: --rename-provider azure=azuread
    #[arg(long, value_name = "THERE=HERE", value_parser = key_and_value)]
    rename_provider: Vec<(String, String)>,
    /// Users per transaction
    #[arg(long, value_name = "NUMBER", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    #[command(flatten)]
    pub(super) sources: Flags,
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

/// The variables in which each service is told its database.
fn variables(service: Service) -> &'static [&'static str] {
    match service {
        Service::Nhost => &["POSTGRES_CONNECTION", "HASURA_GRAPHQL_DATABASE_URL"],
        Service::Supabase => &["GOTRUE_DB_DATABASE_URL", "SUPABASE_DB_URL"],
        Service::BetterAuth => &["BETTER_AUTH_DATABASE_URL"],
    }
}

/// Imports all users. Skipped users are listed and are no failure.
///
/// # Errors
/// Those of the databases; completed batches are kept.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn import(
    settings: Settings,
    service: Service,
    arguments: &Arguments,
) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let variables = variables(service);
    let options = ImportOptions {
        service,
        renamed_providers: arguments.rename_provider.clone(),
        batch_size: arguments.batch,
        trust_verified: arguments.trust_verified,
        is_dry_run: arguments.dry_run,
    };
    let variable = || variables.iter().find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()));
    let source = arguments.from.clone().or_else(|| variable().map(Secret::new));
    let source =
        source.ok_or_else(|| format!("where from? Say --from postgres://…, or set {}", variables.join(" or ")))?;
    let plan = ImportPlan { source, options };
    let import = import_users(settings, &plan, |id, reason| println!("skipped {id}: {reason}"));
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
    if arguments.dry_run {
        eprintln!("vouchsafe: this was a dry run, nothing was written");
    }
    Ok(ExitCode::SUCCESS)
}
