//! Merges the sources in their order of precedence and reads all sections.

use std::path::{Path, PathBuf};

use super::explain::{self, Explanation};
use super::nhost_env::{self, VariableStatus};
use super::reader::error::SettingsErrors;
use super::reader::tree::Tree;
use super::reader::{Reading, Section, is_readable_by_others};
use super::{
    Mode, Risk, Settings, admin, audit, aufy, client, clients, compat, database, development, flow, grants, keys, log,
    metrics, nhost, pages, providers, rate_limit, server, session, sign_up, upstream, vault, webhooks,
};

/// The variable that names the file; it is not a setting itself.
const FILE_VARIABLE: &str = "VOUCHSAFE_CONFIG";

/// Where the file is looked for if none is named.
const DEFAULT_FILES: [&str; 2] = ["vouchsafe.toml", "/etc/vouchsafe/config.toml"];

/// Where settings come from, the strongest last. Nhost's variables in the environment are weaker than all of them.
///
/// It may hold secrets, so it has no `Debug`.
#[derive(Clone, Default)]
pub struct Sources {
    /// Path and content of the file. Relative paths in it start at its folder.
    pub file: Option<(PathBuf, String)>,
    /// All environment variables; those that are not ours are ignored.
    pub environment: Vec<(String, String)>,
    /// Dotted keys and their texts, such as `("server.bind", "127.0.0.1:0")`.
    pub flags: Vec<(String, String)>,
}

impl Settings {
    /// Reads and checks all settings.
    ///
    /// If nothing sets `mode`, it is development without a file and production with one.
    ///
    /// # Errors
    /// All errors at once; only a file that is not TOML is reported alone.
    pub fn load(sources: Sources) -> Result<Self, SettingsErrors> {
        let (reading, settings, _) = read(sources)?;
        reading.into_result(settings)
    }

    /// Reads and checks all settings, and reports where each came from.
    ///
    /// # Errors
    /// Only a file that is not TOML; all other errors are in the explanation.
    pub fn explain(sources: Sources) -> Result<Explanation, SettingsErrors> {
        let (reading, settings, nhost) = read(sources)?;
        let resolved = settings.as_ref().map(|settings| explain::resolve(&reading.provenance, settings));
        let warnings = settings.map(|settings| settings.warnings).unwrap_or_default();
        Ok(Explanation { settings: reading.into_result(resolved), nhost, warnings })
    }

    /// Reads and checks the text of a file, without environment and flags. Relative paths start at the working
    /// directory.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_toml(text: &str) -> Result<Self, SettingsErrors> {
        Self::load(Sources { file: Some((PathBuf::from("settings"), text.to_owned())), ..Sources::default() })
    }

    /// The file to read: the flag's, the one of `VOUCHSAFE_CONFIG`, `./vouchsafe.toml`, or
    /// `/etc/vouchsafe/config.toml`. The first two need not exist, so that a wrong name is noticed.
    #[must_use]
    pub fn find_file(flag: Option<&Path>, environment: &[(String, String)]) -> Option<PathBuf> {
        find(flag, environment, &DEFAULT_FILES.map(PathBuf::from))
    }
}

fn find(flag: Option<&Path>, environment: &[(String, String)], defaults: &[PathBuf]) -> Option<PathBuf> {
    let variable = environment.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    flag.map(Path::to_path_buf).or_else(|| variable.map(|(_, path)| PathBuf::from(path))).or_else(|| {
        // If the folder cannot be read, the file may exist: reading it then reports the error.
        defaults.iter().find(|path| path.try_exists().unwrap_or(true)).cloned()
    })
}

/// Reads all sources. Also returns the status of Nhost's variables; the settings are `None` if a required part is
/// missing, which is then an error of the reading.
pub(super) fn read(sources: Sources) -> Result<(Reading, Option<Settings>, Vec<VariableStatus>), SettingsErrors> {
    let default_mode = if sources.file.is_some() { Mode::Production } else { Mode::Development };
    let path = sources.file.as_ref().map(|(path, _)| path.clone());
    let (mut tree, base) = match sources.file {
        Some((path, text)) => {
            let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
            (Tree::parse(&path.display().to_string(), &text)?, base)
        }
        None => (Tree::default(), PathBuf::new()),
    };
    let nhost_variables = nhost_env::find(&sources.environment);
    tree.merge_environment(sources.environment);
    tree.merge_flags(sources.flags);
    // An invalid mode becomes an error later; until then it counts as production.
    let is_production = tree.root_text("mode").map_or(default_mode == Mode::Production, |mode| mode != "development");
    let statuses = nhost_env::merge_default(&mut tree, &nhost_variables, is_production);
    let (reading, table) = Reading::new(base, tree);
    let settings = settings(reading.root(table), default_mode);
    let secrets = reading.provenance.secrets_in_file();
    let is_production = settings.as_ref().is_some_and(|settings| settings.mode == Mode::Production);
    if is_production && !secrets.is_empty() && path.is_some_and(|path| is_readable_by_others(&path)) {
        reading.warn(secrets.into_iter().collect::<Vec<_>>().join(", "), Risk::SettingsFileReadable);
    }
    let settings = settings.map(|settings| Settings { warnings: reading.take_warnings(), ..settings });
    Ok((reading, settings, statuses))
}

fn settings(mut root: Section<'_>, default_mode: Mode) -> Option<Settings> {
    let mode = root.choice("mode", &[("development", Mode::Development), ("production", Mode::Production)]);
    let mode = mode.unwrap_or(default_mode);
    let server = server::read(root.section("server"), mode);
    let metrics = metrics::read(root.section("metrics"), mode, server.as_ref().map(|server| server.bind));
    let development = development::read(root.section("development"));
    let database = database::read(root.section("database"), mode, &development);
    let client = client::read(root.section("client"), mode, server.as_ref().map(|server| &server.public_url));
    let compat = compat::read(root.section("compat"), mode);
    let nhost = nhost::read(root.section("nhost"));
    let aufy = aufy::read(root.section("aufy"), &nhost);
    let keys = keys::read(root.section("keys"), mode);
    let log = log::read(root.section("log"));
    let rate_limit = rate_limit::read(root.section("rate_limit"), mode);
    let admin = admin::read(root.section("admin"), &nhost, &aufy);
    let flow = flow::read(root.section("flow"));
    let vault = vault::read(root.section("vault"));
    let grants = grants::read(root.section("grants"));
    let session = session::read(root.section("session"), server.as_ref());
    let audit = audit::read(root.section("audit"));
    let sign_up = sign_up::read(root.section("sign_up"));
    let pages = pages::read(root.section("pages"), mode, server.as_ref(), client.as_ref());
    let upstream = upstream::read(root.section("upstream"), mode);
    let webhooks = webhooks::read(root.section("webhooks"), upstream.allow_http(mode));
    let providers = providers::read(root.section("providers"), upstream.allow_http(mode));
    let clients = clients::read(root.section("clients"), mode, &providers);
    Some(Settings {
        mode,
        server: server?,
        metrics,
        database,
        client: client?,
        compat,
        nhost,
        aufy,
        keys,
        log,
        rate_limit,
        admin,
        flow,
        vault,
        grants,
        session,
        audit,
        sign_up,
        pages,
        upstream,
        development,
        webhooks,
        providers,
        clients,
        warnings: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_precedes_the_variable_and_the_default_files() {
        let folder = tempfile::tempdir().expect("folder");
        let [missing, present] = ["missing.toml", "present.toml"].map(|name| folder.path().join(name));
        std::fs::write(&present, "").expect("written");
        let defaults = [missing.clone(), present.clone()];
        let variable = [(FILE_VARIABLE.to_owned(), "named.toml".to_owned())];
        assert_eq!(find(Some(Path::new("flag.toml")), &variable, &defaults), Some("flag.toml".into()));
        assert_eq!(find(None, &variable, &defaults), Some("named.toml".into()));
        assert_eq!(find(None, &[], &defaults), Some(present));
        assert_eq!(find(None, &[(FILE_VARIABLE.to_owned(), String::new())], &[missing]), None);
    }
}
