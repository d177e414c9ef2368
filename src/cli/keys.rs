//! `vouchsafe keys rotate`: adds a key to the settings file without invalidating tokens or sealed values;
//! `vouchsafe keys client-secret`: makes the secret of a backend client.
//!
//! On one node the new key signs (or seals) after a reload or a restart, and the old one still verifies (or opens). With several
//! nodes, all must know a key before one uses it: `--prepare` first, then `--use`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value};

use crate::domain::clock::{Clock, SystemClock};
use crate::domain::random::{OsRandom, RandomSource};
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::session::keys;
use crate::settings::{JwtAlgorithm, Settings, Sources};

type Error = Box<dyn std::error::Error>;

/// A new secret of a backend client, and the line of the settings that accepts it. No setting and no file is touched.
fn client_secret(random: &dyn RandomSource) -> String {
    let secret = random.text::<32>();
    format!("secret:        {secret}\nsecret_sha256: {}", hex::encode(sha256(&secret)))
}

/// Prints what [`client_secret`] makes.
///
/// # Errors
/// If it cannot be written.
pub(super) fn print_client_secret() -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", client_secret(&OsRandom))
}

/// How the keys are rotated.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Rotation {
    /// Rotate the keys of the vault instead of those of access tokens
    #[arg(long)]
    vault: bool,
    /// Put the new key last: it is known but not used yet
    #[arg(long, conflicts_with = "use_key")]
    prepare: bool,
    /// Create no key; use the one with this id
    #[arg(long = "use", value_name = "ID", id = "use_key")]
    use_key: Option<String>,
}

/// Changes the settings file. The new content is loaded as a check before it is written.
///
/// # Errors
/// On any failure; then nothing is changed.
#[allow(clippy::print_stdout, reason = "it is the output of a command")]
pub(super) fn rotate(sources: Sources, settings: &Settings, rotation: &Rotation) -> Result<ExitCode, Error> {
    let Some((path, text)) = sources.file.clone() else {
        return Err("there is no settings file to write the key into; name one with --config".into());
    };
    let list = if rotation.vault { "vault" } else { "jwt" };
    let mut document: DocumentMut = text.parse()?;
    let (mut entries, shape) = remove_entries(&mut document, list)?;
    let today = SystemClock.now().rfc3339();
    let created = match &rotation.use_key {
        Some(id) => {
            let has_id = |entry: &Table| entry.get("id").and_then(Item::as_str) == Some(id);
            let position = entries.iter().position(has_id).ok_or_else(|| format!("keys.{list} has no key {id}"))?;
            let entry = entries.remove(position);
            entries.insert(0, entry);
            None
        }
        None => {
            let (entry, file, secret) = new_entry(&path, settings, &entries, rotation, &today[..10])?;
            entries.insert(if rotation.prepare { entries.len() } else { 0 }, entry);
            Some((file, secret))
        }
    };
    insert_entries(&mut document, list, entries, shape)?;
    let new_text = document.to_string();
    if let Some((file, secret)) = &created {
        write_new(file, secret.expose().as_bytes())?;
    }
    let written = Settings::load(Sources { file: Some((path.clone(), new_text.clone())), ..sources })
        .map_err(Error::from)
        .and_then(|_| replace(&path, &new_text));
    if let (Err(_), Some((file, _))) = (&written, &created) {
        fs::remove_file(file).map_err(|error| named(file, &error))?;
    }
    written?;
    println!("{}", advice(settings, rotation, created.as_ref().map(|(file, _)| file.as_path()), &path));
    Ok(ExitCode::SUCCESS)
}

fn new_entry(
    path: &Path,
    settings: &Settings,
    entries: &[Table],
    rotation: &Rotation,
    today: &str,
) -> Result<(Table, PathBuf, Secret), Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_taken = |id: &str| entries.iter().any(|entry| entry.get("id").and_then(Item::as_str) == Some(id));
    let (prefix, ending) = if rotation.vault { ("vault", "key") } else { ("jwt", "pem") };
    let file_of = |id: &str| format!("{prefix}-{id}.{ending}");
    let names = std::iter::once(today.to_owned()).chain((2..1000).map(|n| format!("{today}-{n}")));
    let id = names.into_iter().find(|id| !is_taken(id) && !folder.join(file_of(id)).exists());
    let id = id.ok_or("there are a thousand keys of today already")?;
    let mut entry = Table::new();
    entry.insert("id", id.as_str().into());
    let secret = if rotation.vault {
        // An HMAC key is 32 random bytes in hexadecimal, as is a vault key.
        keys::generate(JwtAlgorithm::HS256, &OsRandom)?
    } else {
        let algorithm = settings.keys.jwt.first().map_or(JwtAlgorithm::ES256, |key| key.algorithm);
        entry.insert("algorithm", format!("{algorithm:?}").into());
        keys::generate(algorithm, &OsRandom)?
    };
    entry.insert("key_file", file_of(&id).into());
    Ok((entry, folder.join(file_of(&id)), secret))
}

/// How the keys are written in the file.
#[derive(Clone, Copy)]
enum Shape {
    /// One `[[keys.…]]` per key.
    Sections,
    /// One inline list, or one inline table.
    List,
}

/// Removes the keys from the document and returns them.
fn remove_entries(document: &mut DocumentMut, list: &str) -> Result<(Vec<Table>, Shape), Error> {
    let unknown = || Error::from(format!("keys.{list} is not in the file; add the first key by hand"));
    let item = document.get_mut("keys").and_then(|keys| keys.get_mut(list)).ok_or_else(unknown)?;
    let entries = match std::mem::take(item) {
        Item::ArrayOfTables(tables) => (tables.into_iter().collect(), Shape::Sections),
        Item::Table(table) => (vec![table], Shape::Sections),
        Item::Value(Value::InlineTable(table)) => (vec![table.into_table()], Shape::List),
        Item::Value(Value::Array(values)) => {
            let table = |value: Value| match value {
                Value::InlineTable(table) => Some(table.into_table()),
                _ => None,
            };
            (values.into_iter().filter_map(table).collect(), Shape::List)
        }
        Item::Value(_) | Item::None => return Err(unknown()),
    };
    Ok(entries)
}

/// Inserts the keys in the form in which they were written.
fn insert_entries(document: &mut DocumentMut, list: &str, entries: Vec<Table>, shape: Shape) -> Result<(), Error> {
    let item = match shape {
        Shape::Sections => {
            let mut tables = ArrayOfTables::new();
            for mut entry in entries {
                // The old position would keep the old order.
                entry.set_position(None);
                tables.push(entry);
            }
            Item::ArrayOfTables(tables)
        }
        Shape::List => {
            let mut array = Array::new();
            for entry in entries {
                let mut inline: InlineTable = entry.into_inline_table();
                inline.fmt();
                let mut value = Value::InlineTable(inline);
                value.decor_mut().set_prefix("\n    ");
                array.push_formatted(value);
            }
            array.set_trailing("\n");
            array.set_trailing_comma(true);
            Item::Value(Value::Array(array))
        }
    };
    document.get_mut("keys").ok_or("the file has no section `keys`")?[list] = item;
    Ok(())
}

/// Creates a file that only its owner can read; it must not exist.
fn write_new(path: &Path, content: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = |mut file: fs::File| file.write_all(content).and_then(|()| file.sync_all());
    Ok(options.open(path).and_then(write).map_err(|error| named(path, &error))?)
}

/// The error with the path that it is about.
fn named(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Replaces a file atomically and keeps its permissions.
fn replace(path: &Path, text: &str) -> Result<(), Error> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    write_new(&draft, text.as_bytes())?;
    let renamed = fs::metadata(path)
        .and_then(|old| fs::set_permissions(&draft, old.permissions()))
        .and_then(|()| fs::rename(&draft, path));
    if renamed.is_err() {
        fs::remove_file(&draft).map_err(|error| named(&draft, &error))?;
    }
    Ok(renamed.map_err(|error| named(path, &error))?)
}

fn advice(settings: &Settings, rotation: &Rotation, created: Option<&Path>, path: &Path) -> String {
    let what = created.map(|file| format!("{} is new. ", file.display())).unwrap_or_default();
    let next = if rotation.prepare {
        "reload or restart every node, one after the other: all will know the key and none will use it. Then run this again \
         with --use and its id"
    } else {
        "reload or restart every node to use it"
    };
    let keep = if rotation.vault {
        let days = settings.session.refresh_token_ttl.as_secs().div_ceil(86_400);
        format!(
            "The running service re-encrypts the vault. Keep the old key for {days} days: older refresh tokens are \
             derived from it"
        )
    } else {
        let minutes = settings.session.access_token_ttl.as_secs().div_ceil(60);
        format!("Keep the old key for {minutes} minutes after that, until the tokens that it signed have expired")
    };
    format!("{what}{} was changed: {next}. {keep}.", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_secret_is_printed_with_its_hash_and_is_new_each_time() {
        let printed = client_secret(&OsRandom);
        let values: Vec<_> = printed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        let [secret, hash] = values.as_slice() else { panic!("{printed}") };
        assert_eq!((secret.len(), *hash), (43, hex::encode(sha256(secret)).as_str()));
        assert_ne!(client_secret(&OsRandom), printed);
    }
}
