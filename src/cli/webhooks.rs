//! `vouchsafe webhooks list|retry`: messages that their receivers have not confirmed.

use std::process::ExitCode;

use clap::Subcommand;
use uuid::Uuid;

use super::Flags;
use crate::app::webhooks::{self, MessageSummary, Retry};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Webhooks {
    /// List the messages that their receivers have not confirmed, oldest first
    List {
        /// Only messages of this webhook
        #[arg(long, value_name = "NAME")]
        webhook: Option<String>,
        /// Only messages that are not sent again
        #[arg(long)]
        failed: bool,
        /// How many rows
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=500))]
        limit: u64,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        sources: Flags,
    },
    /// Have messages sent at once by the running service, and again for a day
    Retry {
        /// The messages, by the id that `list` prints and the receiver sees as webhook-id
        #[arg(value_name = "ID", required_unless_present_any = ["webhook", "failed"])]
        ids: Vec<Uuid>,
        /// All messages of this webhook that failed
        #[arg(long, value_name = "NAME", conflicts_with = "ids")]
        webhook: Option<String>,
        /// All messages that failed
        #[arg(long, conflicts_with_all = ["ids", "webhook"])]
        failed: bool,
        #[command(flatten)]
        sources: Flags,
    },
}

impl Webhooks {
    pub(super) fn sources(&self) -> &Flags {
        match self {
            Self::List { sources, .. } | Self::Retry { sources, .. } => sources,
        }
    }
}

/// Carries out a command. A database that does not exist is not created.
///
/// # Errors
/// Those of the database.
#[expect(clippy::print_stdout, reason = "the results of commands")]
pub(super) fn run(settings: &Settings, command: Webhooks) -> Result<ExitCode, Box<dyn std::error::Error>> {
    const NO_DATABASE: &str = "there is no database of vouchsafe here; start it in the folder of the server, or name \
                               its settings with --config";
    actix_web::rt::System::new().block_on(async {
        match command {
            Webhooks::List { webhook, failed, limit, json, .. } => {
                let messages = webhooks::list(settings, webhook.as_deref(), failed, limit).await?.ok_or(NO_DATABASE)?;
                if json {
                    println!("{}", serde_json::to_string(&messages)?);
                } else if messages.is_empty() {
                    println!("no messages");
                } else {
                    messages.iter().for_each(|message| println!("{}", line(message)));
                }
            }
            Webhooks::Retry { ids, webhook, .. } => {
                let which = match webhook {
                    _ if !ids.is_empty() => Retry::These(ids),
                    Some(webhook) => Retry::FailedOf(webhook),
                    None => Retry::Failed,
                };
                let count = webhooks::retry(settings, &which).await?.ok_or(NO_DATABASE)?;
                println!("{count} messages are sent again");
                if count == 0 && matches!(which, Retry::These(_)) {
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn line(message: &MessageSummary) -> String {
    let MessageSummary { id, webhook, event, created_at, attempts, next_at, last_error, .. } = message;
    let state = next_at.as_ref().map_or_else(|| "failed".to_owned(), |at| format!("next {at}"));
    let error = last_error.as_deref().unwrap_or("-");
    format!("{id}  {webhook}  {event}  {created_at}  {attempts} attempts  {state}  {error}")
}
