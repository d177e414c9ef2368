//! The section `nhost`: the routes of Nhost's auth service.

use std::collections::HashSet;

use super::reader::Section;

/// The Nhost dialect.
#[derive(Clone, Debug)]
pub struct Nhost {
    /// `nhost.paths`: the paths under which its routes are served, each `""` or like `/v1`.
    pub paths: Vec<String>,
    /// `nhost.conceal_errors`: whether errors that reveal something about an account become `invalid-request`.
    pub conceal_errors: bool,
}

pub(super) fn read(mut section: Section<'_>) -> Nhost {
    let is_path = |path: &str| path.is_empty() || path.starts_with('/') && (path == "/" || !path.ends_with('/'));
    let paths = section.checked_list("paths", "\"\" or a path like \"/v1\", without a slash at its end", is_path);
    let paths = paths.map_or_else(
        || vec![String::new(), "/v1".to_owned()],
        |paths| paths.into_iter().map(|path| if path == "/" { String::new() } else { path }).collect(),
    );
    if paths.is_empty() {
        section.error("paths", "needs at least one path");
    }
    let mut seen = HashSet::new();
    for (position, _) in paths.iter().enumerate().filter(|(_, path)| !seen.insert(*path)) {
        section.error(&format!("paths[{position}]"), "is listed twice");
    }
    Nhost { paths, conceal_errors: section.boolean("conceal_errors").unwrap_or(false) }
}
