//! Secrets, written out or in a file of their own: every secret `x` has a file_key `x_file`.
//!
//! The text of a file is its content without the line break at its end. No error shows any of it.

use std::fs;
use std::path::Path;

use zeroize::Zeroizing;

use super::error::Problem;
use super::getters::filled_text;
use super::reader::Section;
use super::tree::Node;
use crate::domain::secret::Secret;

impl Section<'_> {
    /// The secret `key`, or the content of the file that `{key}_file` names.
    pub fn secret(&mut self, key: &str) -> Option<Secret> {
        let file_key = file_key(key);
        self.reading.provenance.hide(self.key(key));
        if self.is_set(key) && self.is_set(&file_key) {
            self.error(key, Problem::from(format!("stands beside `{file_key}`")).suggest("keep one of the two"));
        }
        let written = self.read(key, |node| filled_text(node).map(Secret::new));
        let base = &self.reading.base;
        let in_file = self.read(&file_key, |node| {
            let content = Zeroizing::new(content(base, &filled_text(node)?)?);
            let text = str::from_utf8(&content).map_err(|_| Problem::from("the file is no text"))?;
            let text = text.trim_end_matches(['\r', '\n']);
            if text.is_empty() { Err("the file is empty".into()) } else { Ok(Secret::new(text)) }
        });
        written.or(in_file)
    }

    /// Whether a secret or its file_key is set; to be asked before it is taken.
    pub fn is_secret_set(&self, key: &str) -> bool {
        self.is_set(key) || self.is_set(&file_key(key))
    }

    /// Remembers an error if the file of the secret `key` can be read by others; to be asked before it is taken.
    pub fn refuse_shared_file(&self, key: &str) {
        let key = file_key(key);
        let Some(Node::Text(path) | Node::Untyped(path)) = self.peek(&key) else { return };
        if is_shared(&self.reading.base.join(path)) {
            let problem = Problem::from("the file can be read by others on this machine");
            self.error(&key, problem.suggest("chmod 600"));
        }
    }

    /// The key under which the secret `key` is set; to be asked before it is taken.
    pub fn secret_key(&self, key: &str) -> String {
        if self.is_set(key) { key.to_owned() } else { file_key(key) }
    }

    /// The content of the file that `key` names.
    pub fn file(&mut self, key: &str) -> Option<Vec<u8>> {
        let base = &self.reading.base;
        self.read(key, |node| content(base, &filled_text(node)?))
    }
}

fn file_key(key: &str) -> String {
    format!("{key}_file")
}

/// The content of a file. The path is not shown: it may be a secret that was written into the wrong key.
fn content(base: &Path, path: &str) -> Result<Vec<u8>, Problem> {
    fs::read(base.join(path)).map_err(|error| {
        let problem = Problem::from(format!("the file cannot be read: {error}"));
        let base = if base.as_os_str().is_empty() { Path::new(".") } else { base };
        problem.suggest(format!("a relative path starts at {}", base.display()))
    })
}

#[cfg(unix)]
fn is_shared(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // A file that cannot be looked at cannot be read either, which is an error of its own.
    fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Path) -> bool {
    false
}
