//! `vouchsafe reload`: asks the service on this machine to read its settings again, and says what came of it.

use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;

use super::local_service::ask_as_operator;
use crate::settings::Settings;

/// The limit of the answer: the service reads files and starts its parts.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What to do without a token.
const OTHER_WAY: &str = "send SIGHUP to the service, for instance with `systemctl reload vouchsafe`, and look at its log; \
                         or set admin.token_file";

/// Asks at `server.bind`, with the first token of `admin`.
///
/// # Errors
/// If there is no token or no answer; nothing was reloaded then, as far as can be known.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn reload(settings: &Settings) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let token = settings.admin.first_token.as_ref();
    let token = token.ok_or_else(|| format!("there is no token of admin.token_file to ask with; {OTHER_WAY}"))?;
    let answer = ask_as_operator(settings, "POST", "/reload", token.expose(), TIMEOUT)?;
    match answer.status {
        200 => {
            println!("the settings were reloaded");
            let body: Value = serde_json::from_str(&answer.body)?;
            let keys = body["needsRestart"].as_array().into_iter().flatten().filter_map(Value::as_str);
            keys.for_each(|key| println!("{key} has changed, which needs a restart"));
            Ok(ExitCode::SUCCESS)
        }
        422 => {
            eprintln!("vouchsafe: nothing was reloaded, the service goes on as before\n{}", answer.detail());
            Ok(ExitCode::FAILURE)
        }
        401 | 404 => Err(format!("the service does not know the token of admin.token_file yet; {OTHER_WAY}").into()),
        status => Err(format!("the service answers {status}: {}", answer.detail()).into()),
    }
}
