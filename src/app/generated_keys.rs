//! Generates the keys of development mode and stores them where only their owner can read them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::BuildError;
use crate::domain::random::{OsRandom, RandomSource};
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::session::keys;
#[cfg(feature = "cli")]
use crate::settings::Mode;
use crate::settings::{JwtAlgorithm, JwtKey, Settings};

/// The files of the generated keys.
const FILES: [&str; 2] = ["jwt.pem", "vault.key"];

/// Adds the generated keys that are not configured, if all of them are there. Nothing is created.
#[cfg(feature = "cli")]
pub(super) fn add_existing(settings: &mut Settings) {
    let directory = &settings.development.directory;
    let are_there = settings.mode == Mode::Development && FILES.iter().all(|name| directory.join(name).is_file());
    if are_there && let Err(error) = add_missing(settings, &OsRandom) {
        log::debug!("{error}");
    }
}

/// Adds the keys that are not configured, read from `development.directory` or generated there.
pub(super) fn add_missing(settings: &mut Settings, random: &dyn RandomSource) -> Result<(), BuildError> {
    let directory = &settings.development.directory;
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(directory).map_err(|error| named(directory, &error))?;
    if settings.keys.jwt.is_empty() {
        let pem = read_or_create(&directory.join(FILES[0]), || Ok(keys::generate(JwtAlgorithm::ES256, random)?))?;
        settings.keys.jwt.push(JwtKey { id: None, algorithm: JwtAlgorithm::ES256, key: pem });
    }
    if settings.keys.vault.is_empty() {
        let path = directory.join(FILES[1]);
        let text = read_or_create(&path, || Ok(Secret::new(hex::encode(random.bytes::<32>()))))?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(text.expose().trim(), &mut bytes).map_err(|_| {
            let problem = "not 64 hexadecimal digits; remove the file to get a new key";
            named(&path, &io::Error::new(io::ErrorKind::InvalidData, problem))
        })?;
        settings.keys.vault.push(MasterKey::new("development", bytes));
    }
    Ok(())
}

/// The text of a file, which is created first if it is missing. When several instances create it at once, all read the
/// one that won: the file appears under its name only when it is complete.
fn read_or_create(path: &Path, create: impl FnOnce() -> Result<Secret, BuildError>) -> Result<Secret, BuildError> {
    if !path.exists() {
        // Not from the instance's randomness, which two tests may have seeded alike.
        let draft = path.with_extension(format!("{}.new", (&OsRandom as &dyn RandomSource).text::<8>()));
        let text = create()?;
        write_private(&draft, &text).map_err(|error| named(&draft, &error))?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft).map_err(|error| named(&draft, &error))?;
        linked
            .or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
            .map_err(|error| named(path, &error))?;
    }
    Ok(Secret::new(fs::read_to_string(path).map_err(|error| named(path, &error))?))
}

fn write_private(path: &Path, text: &Secret) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.expose().as_bytes())
}

/// The error with the path that it is about, and the remedy if the folder cannot be written.
fn named(path: &Path, error: &io::Error) -> io::Error {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "; make the folder writable, or set development.directory to one that is"
        }
        _ => "",
    };
    io::Error::new(error.kind(), format!("{}: {error}{remedy}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::random::OsRandom;

    #[test]
    fn generated_keys_are_private_and_reused() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().join("made");
        let settings = || {
            let text = format!("mode = 'development'\n[development]\ndirectory = '{}'", directory.display());
            let mut settings = Settings::from_toml(&text).expect("settings");
            add_missing(&mut settings, &OsRandom).expect("keys");
            settings
        };
        let (first, second) = (settings(), settings());
        assert_eq!(first.keys.jwt[0].key, second.keys.jwt[0].key);
        assert_eq!(*first.keys.vault[0].derive("x"), *second.keys.vault[0].derive("x"));
        #[cfg(unix)]
        for file in ["jwt.pem", "vault.key"] {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(directory.join(file)).expect("there").permissions(),
            );
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        fs::write(directory.join(FILES[1]), "nonsense").expect("written");
        let text = format!("mode = 'development'\n[development]\ndirectory = '{}'", directory.display());
        let mut invalid = Settings::from_toml(&text).expect("settings");
        assert!(add_missing(&mut invalid, &OsRandom).is_err());
    }

    #[test]
    fn instances_that_start_at_once_share_the_keys() {
        for _ in 0..50 {
            let folder = tempfile::tempdir().expect("a folder");
            let directory = folder.path().join("made");
            let start = std::sync::Barrier::new(4);
            let key = || {
                let text = format!("mode = 'development'\n[development]\ndirectory = '{}'", directory.display());
                let mut settings = Settings::from_toml(&text).expect("settings");
                start.wait();
                add_missing(&mut settings, &OsRandom).map(|()| settings.keys.jwt.remove(0).key)
            };
            let keys: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(key)).collect();
                threads.into_iter().map(|thread| thread.join().expect("ended").expect("a key")).collect()
            });
            assert!(keys.iter().all(|key| key == &keys[0]));
            assert_eq!(fs::read_dir(&directory).expect("a folder").count(), FILES.len(), "drafts are removed");
        }
    }

    #[test]
    fn an_unwritable_folder_is_named_with_its_setting() {
        let error = named(Path::new("/srv/.vouchsafe"), &io::ErrorKind::PermissionDenied.into());
        let text = BuildError::from(error).to_string();
        assert!(text.starts_with("development: /srv/.vouchsafe: permission denied"), "{text}");
        assert!(text.ends_with("set development.directory to one that is"), "{text}");
    }
}
