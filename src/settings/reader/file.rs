//! Secrets, given as text or in a file of their own: every secret `x` has a counterpart `x_file`.
//!
//! The secret in a file is its content without the line break at its end. Relative paths start at the folder of the
//! settings file.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::Problem;
use super::section::Section;
use super::tree::Node;
use super::value::non_empty_text;
use crate::domain::secret::Secret;
use crate::settings::warnings::Risk;

impl Section<'_> {
    /// The secret `key`, or the content of the file that `{key}_file` names. A file that others can read is a warning.
    pub fn secret(&mut self, key: &str) -> Option<Secret> {
        self.reading.provenance.mark_secret(self.key(key));
        self.text_or_file(key)
    }

    /// As [`Self::secret`], for a URL of which only the password is secret.
    pub fn secret_url(&mut self, key: &str) -> Option<Secret> {
        self.reading.provenance.mark_password(self.key(key));
        self.text_or_file(key)
    }

    fn text_or_file(&mut self, key: &str) -> Option<Secret> {
        let file_key = file_key(key);
        if self.is_set(key) && self.is_set(&file_key) {
            self.error(key, Problem::from(format!("is set together with `{file_key}`")).suggest("keep one of the two"));
        }
        if self.is_file_readable_by_others(key) {
            self.warn(&file_key, Risk::SecretFileReadable);
        }
        let text = self.read(key, |node| non_empty_text(node).map(Secret::new));
        let base = &self.reading.base;
        let in_file = self.read(&file_key, |node| {
            let content = Zeroizing::new(content(base, &non_empty_text(node)?)?);
            let text = str::from_utf8(&content).map_err(|_| Problem::from("the file is not text"))?;
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() { Err("the file is empty".into()) } else { Ok(Secret::new(text)) }
        });
        text.or(in_file)
    }

    /// Whether a secret or its file is set. Must precede taking it.
    pub fn is_secret_set(&self, key: &str) -> bool {
        self.is_set(key) || self.is_set(&file_key(key))
    }

    /// Whether the file of the secret `key` exists and others on this machine can read it. Must precede taking it.
    pub fn is_file_readable_by_others(&self, key: &str) -> bool {
        self.secret_file(key).is_some_and(|path| is_readable_by_others(&path))
    }

    /// Adds an error if others can read the file of the secret `key`. Must precede taking it.
    pub fn refuse_file_readable_by_others(&self, key: &str) {
        if self.is_file_readable_by_others(key) {
            let problem = Problem::from("the file can be read by others on this machine");
            self.error(&file_key(key), problem.suggest("chmod 600"));
        }
    }

    /// The file that holds the secret `key`. Must precede taking it.
    fn secret_file(&self, key: &str) -> Option<PathBuf> {
        match self.peek(&file_key(key)) {
            Some(Node::Text(path) | Node::Untyped(path)) => Some(self.reading.base.join(path)),
            _ => None,
        }
    }

    /// The key under which the secret `key` is set. Must precede taking it.
    pub fn secret_key(&self, key: &str) -> String {
        if self.is_set(key) { key.to_owned() } else { file_key(key) }
    }

    /// The content of the file that `key` names.
    pub fn file(&mut self, key: &str) -> Option<Vec<u8>> {
        let base = &self.reading.base;
        self.read(key, |node| content(base, &non_empty_text(node)?))
    }

    /// A path, relative to the folder of the settings file.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.text(key).map(|path| self.reading.base.join(path))
    }

    /// The folder at which relative paths start; empty for the working directory.
    pub fn base(&self) -> &Path {
        &self.reading.base
    }
}

fn file_key(key: &str) -> String {
    format!("{key}_file")
}

/// The content of a file. The error names the path, unless the text looks like a secret under the wrong key.
fn content(base: &Path, path: &str) -> Result<Vec<u8>, Problem> {
    fs::read(base.join(path)).map_err(|error| {
        if is_path_like(base, Path::new(path)) {
            return format!("the file {} cannot be read: {error}", base.join(path).display()).into();
        }
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        let problem = Problem::from(format!("the file cannot be read: {error}"));
        problem.suggest(format!("a relative path starts at {}", base.display()))
    })
}

/// Whether the text has a short extension like `.pem`, or is in a folder that exists.
fn is_path_like(base: &Path, path: &Path) -> bool {
    let is_short = |extension: &str| {
        (1..=6).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let is_folder = |folder: &Path| folder.parent().is_some() && base.join(folder).is_dir();
    path.extension().and_then(|extension| extension.to_str()).is_some_and(is_short)
        || path.ancestors().skip(1).any(is_folder)
}

/// Whether users other than the owner may read `path`; false if it does not exist.
#[cfg(unix)]
pub(in crate::settings) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(in crate::settings) fn is_readable_by_others(_: &Path) -> bool {
    false
}
