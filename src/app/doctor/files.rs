//! Files of secrets: whether others on this machine could replace them.

use std::path::Path;

use super::catalogue::Check;
use super::finding::Finding;
use crate::settings::{Explanation, Settings, Sources};

/// Keys that end like those of secrets and name another file.
const NO_SECRETS: [&str; 2] = ["upstream.ca_file", "aufy.sign_up.fields_file"];

pub(super) fn examine(sources: Sources) -> Vec<Finding> {
    let base = sources.file.as_ref().and_then(|(path, _)| path.parent().map(Path::to_path_buf)).unwrap_or_default();
    let Ok(Explanation { settings: Ok(settings), .. }) = Settings::explain(sources) else { return Vec::new() };
    let files = settings.into_iter().filter(|setting| setting.key.ends_with("_file"));
    let secrets = files.filter(|setting| !NO_SECRETS.contains(&setting.key.as_str()));
    let folders = secrets.filter_map(|setting| {
        let path = base.join(setting.value?);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let message = format!("others can write {}", folder.display());
        is_writable_by_others(folder).then(|| Finding::new(Check::KeyFolderWritable, setting.key, message))
    });
    folders.collect()
}

/// Whether users other than the owner may write into a folder and replace what others put there.
#[cfg(unix)]
pub(super) fn is_writable_by_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const STICKY: u32 = 0o1000;
    std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & (STICKY | 0o002) == 0o002)
}

#[cfg(not(unix))]
pub(super) fn is_writable_by_others(_: &Path) -> bool {
    false
}

/// Whether users other than the owner may read a file.
#[cfg(unix)]
pub(super) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_readable_by_others(_: &Path) -> bool {
    false
}
