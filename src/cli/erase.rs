//! `vouchsafe erase ID`: deletes a user.

use std::process::ExitCode;

use uuid::Uuid;

use crate::app::{Vouchsafe, has_database};
use crate::domain::id::UserId;
use crate::settings::Settings;

/// Reads an id: a UUID in any of its forms, or the blob literal that SQLite prints for it (`X'0F…'`).
pub(super) fn parse_id(text: &str) -> Result<Uuid, String> {
    let blob = text.strip_prefix(['X', 'x']).and_then(|rest| rest.strip_prefix('\'')?.strip_suffix('\''));
    Uuid::try_parse(blob.unwrap_or(text))
        .map_err(|_| "it is a UUID, as in `id` of GET /user, or X'…' with 32 hexadecimal digits".to_owned())
}

/// Deletes the user with this id. A database that does not exist is not created.
///
/// # Errors
/// Those of the settings and the database; then nothing was deleted.
#[expect(clippy::print_stdout, reason = "the result of the command")]
pub(super) fn erase(settings: Settings, id: Uuid) -> Result<ExitCode, Box<dyn std::error::Error>> {
    let was_erased = actix_web::rt::System::new().block_on(async {
        if !has_database(&settings).await? {
            let hint = "start it in the folder of the server, or name its settings with --config";
            return Err(format!("there is no database of vouchsafe here; {hint}").into());
        }
        Ok::<_, Box<dyn std::error::Error>>(Vouchsafe::build(settings).await?.erase(UserId(id)).await?)
    })?;
    if was_erased {
        println!("{id} was erased; a running server revokes the tokens that were kept");
        Ok(ExitCode::SUCCESS)
    } else {
        eprintln!("vouchsafe: there is no user with the id {id}");
        Ok(ExitCode::FAILURE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_is_read_in_every_form_in_which_it_is_printed() {
        let id = Uuid::from_u128(0x0f0e_0d0c_0b0a_4908_8706_0504_0302_0100);
        for text in [
            "0f0e0d0c-0b0a-4908-8706-050403020100",
            "0F0E0D0C0B0A49088706050403020100",
            "X'0F0E0D0C0B0A49088706050403020100'",
            "x'0f0e0d0c0b0a49088706050403020100'",
        ] {
            assert_eq!(parse_id(text), Ok(id), "{text}");
        }
        for text in ["", "mira@example.org", "X'0f'", "X'0f0e0d0c0b0a49088706050403020100", "'; DROP TABLE users"] {
            assert!(parse_id(text).is_err(), "{text}");
        }
    }
}
