//! The section `admin`: the routes for operators.

use super::reader::Section;
use super::{Aufy, Nhost};
use crate::domain::admin_token::AdminTokens;
use crate::domain::secret::Secret;

/// The path of the routes, below the mount point.
pub const ADMIN_PATH: &str = "/admin";

/// The routes for operators.
#[derive(Clone, Debug)]
pub struct Admin {
    /// `admin.token` or the content of `admin.token_file`; empty: there are no such routes.
    pub tokens: AdminTokens,
    /// The first of the tokens, with which commands ask the service.
    pub first_token: Option<Secret>,
}

pub(super) fn read(mut section: Section<'_>, nhost: &Nhost, aufy: &Aufy) -> Admin {
    let key = section.secret_key("token");
    let text = section.secret("token");
    let tokens = text.as_ref().and_then(|text| {
        AdminTokens::parse(text.expose()).map_err(|error| section.error(&key, error.to_string())).ok()
    });
    let mut paths = nhost.paths.iter().chain([&aufy.auth_path, &aufy.account_path]);
    if tokens.is_some() && paths.any(|path| path == ADMIN_PATH) {
        section.error(&key, format!("needs the path {ADMIN_PATH}, which nhost.paths or a path of aufy uses"));
    }
    let first = |text: Secret| AdminTokens::first(text.expose()).map(Secret::new);
    Admin { tokens: tokens.unwrap_or_default(), first_token: text.and_then(first) }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    fn error(text: &str) -> String {
        Settings::from_toml(&format!("mode = 'development'\n{text}")).expect_err("an error").to_string()
    }

    #[test]
    fn routes_are_off_unless_a_token_is_set() {
        let load = |text: &str| Settings::from_toml(&format!("mode = 'development'\n{text}")).expect("settings");
        assert!(load("").admin.tokens.is_empty());
        assert!(load(&format!("admin.token = '{TOKEN}'")).admin.tokens.name_of(TOKEN).is_some());
    }

    #[test]
    fn token_that_cannot_be_used_is_an_error_that_does_not_repeat_it() {
        assert_eq!(
            error(&format!("admin.token = '{}'", &TOKEN[1..])),
            "admin.token: line 1: expected a token of at least 32 characters out of A-Z, a-z, 0-9 and -._~+/="
        );
        let taken = error(&format!("admin.token = '{TOKEN}'\nnhost.paths = ['/admin']"));
        assert!(taken.contains("needs the path /admin") && !taken.contains(TOKEN), "{taken}");
    }
}
