//! `vouchsafe erase ID`: removes a user.

use std::process::ExitCode;

use uuid::Uuid;

use crate::app::Vouchsafe;
use crate::domain::id::UserId;
use crate::settings::Settings;

/// Removes the user with this id.
///
/// # Errors
/// Whatever kept it from happening; then nothing was removed.
#[allow(clippy::print_stdout, reason = "it answers whoever typed it")]
pub(super) fn erase(settings: Settings, id: Uuid) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let was_there = actix_web::rt::System::new().block_on(async {
        Ok::<_, Box<dyn std::error::Error>>(Vouchsafe::build(settings).await?.erase(UserId(id)).await?)
    })?;
    if was_there {
        println!("{id} is gone; tokens that were kept are given back by the next sweep of a running server");
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("vouchsafe: there is no user with the id {id}");
        Ok(ExitCode::FAILURE)
    }
}
