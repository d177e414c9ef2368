//! Brings the sources together and reads them from the outside in; the only place that knows what wins over what.

use std::path::{Path, PathBuf};

use super::error::SettingsErrors;
use super::explain::Explanation;
use super::model::{Mode, Settings};
use super::nhost::{self, VariableStatus};
use super::reader::{Reading, Section};
use super::tree::Tree;
use super::{aufy, keys, providers, reach, sections, sign_up};

/// The variable that names the file; it is no setting itself.
const FILE_VARIABLE: &str = "VOUCHSAFE_CONFIG";

/// Where a file is looked for when nobody named one.
const USUAL_PLACES: [&str; 2] = ["vouchsafe.toml", "/etc/vouchsafe/config.toml"];

/// Where settings come from, the strongest last. Nhost's names in the environment are weaker than all of them.
///
/// It may hold secrets, so it does not print.
#[derive(Clone, Default)]
pub struct Sources {
    /// Path and content of the file. Files that it names are relative to its folder.
    pub file: Option<(PathBuf, String)>,
    /// All variables by name; those of others are left alone.
    pub environment: Vec<(String, String)>,
    /// Dotted keys and their texts, such as `("server.bind", "127.0.0.1:0")`.
    pub flags: Vec<(String, String)>,
}

impl Settings {
    /// Reads and checks everything.
    ///
    /// Without a file and a word on `mode` this is development; with a file it is production.
    ///
    /// # Errors
    /// All errors at once; a file that is no TOML is the only one told alone.
    pub fn load(sources: Sources) -> Result<Self, SettingsErrors> {
        let (reading, settings, _) = read(sources)?;
        reading.conclude(settings)
    }

    /// Reads and checks everything, and tells where each setting came from.
    ///
    /// # Errors
    /// Only a file that is no TOML; all other errors stand in the explanation.
    pub fn explain(sources: Sources) -> Result<Explanation, SettingsErrors> {
        let (reading, settings, nhost) = read(sources)?;
        let lines = settings.as_ref().map(|settings| reading.provenance.lines(settings)).unwrap_or_default();
        let settings = reading.conclude(settings.map(|_| lines));
        Ok(Explanation { settings, nhost })
    }

    /// Reads and checks the text of a file, without environment or flags. Files that it names are relative to
    /// the working directory.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_toml(text: &str) -> Result<Self, SettingsErrors> {
        Self::load(Sources { file: Some((PathBuf::from("settings"), text.to_owned())), ..Sources::default() })
    }

    /// The file to read: the flag's, the one of `VOUCHSAFE_CONFIG`, `vouchsafe.toml` here, or
    /// `/etc/vouchsafe/config.toml`. The first two need not exist, so that a wrong name is noticed.
    #[must_use]
    pub fn find_file(flag: Option<&Path>, environment: &[(String, String)]) -> Option<PathBuf> {
        find(flag, environment, &USUAL_PLACES.map(PathBuf::from))
    }
}

fn find(flag: Option<&Path>, environment: &[(String, String)], places: &[PathBuf]) -> Option<PathBuf> {
    let named = environment.iter().find(|(name, value)| name == FILE_VARIABLE && !value.is_empty());
    flag.map(Path::to_path_buf).or_else(|| named.map(|(_, path)| PathBuf::from(path))).or_else(|| {
        // Where nothing can be seen there may be a file: reading it then fails loudly.
        places.iter().find(|place| place.try_exists().unwrap_or(true)).cloned()
    })
}

/// All sources, read, and what became of Nhost's variables; `None` stands for settings that could not even be put
/// together.
pub(super) fn read(sources: Sources) -> Result<(Reading, Option<Settings>, Vec<VariableStatus>), SettingsErrors> {
    let mode_unsaid = if sources.file.is_some() { Mode::Production } else { Mode::Development };
    let (mut tree, base) = match sources.file {
        Some((path, text)) => {
            let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
            (Tree::parse(&path.display().to_string(), &text)?, base)
        }
        None => (Tree::default(), PathBuf::new()),
    };
    let theirs = nhost::find(&sources.environment);
    tree.merge_environment(sources.environment);
    tree.merge_flags(sources.flags);
    // A mode that is no mode is an error soon; until then the stricter one.
    let is_production = tree.word("mode").map_or(mode_unsaid == Mode::Production, |word| word != "development");
    let fates = nhost::merge_default(&mut tree, &theirs, is_production);
    let (reading, table) = Reading::new(base, tree);
    let settings = settings(reading.root(table), mode_unsaid);
    Ok((reading, settings, fates))
}

fn settings(mut root: Section<'_>, mode_unsaid: Mode) -> Option<Settings> {
    let mode = root.choice("mode", &[("development", Mode::Development), ("production", Mode::Production)]);
    let mode = mode.unwrap_or(mode_unsaid);
    let server = reach::server(root.section("server"), mode);
    let public_url = server.as_ref().map(|server| &server.public_url);
    let development = sections::development(root.section("development"));
    let database = sections::database(root.section("database"), mode, &development.directory);
    let client = reach::client(root.section("client"), mode, public_url);
    let nhost = reach::nhost(root.section("nhost"));
    let compat = sections::compat(root.section("compat"));
    let aufy = aufy::aufy(root.section("aufy"), &nhost);
    let keys = keys::keys(root.section("keys"), mode);
    let flow = sections::flow(root.section("flow"));
    let vault = sections::vault(root.section("vault"));
    let session = sections::session(root.section("session"), server.as_ref());
    let audit = sections::audit(root.section("audit"));
    let sign_up = sign_up::sign_up(root.section("sign_up"));
    let upstream = sections::upstream(root.section("upstream"));
    let providers = providers::providers(root.section("providers"), upstream.allow_private_networks);
    Some(Settings {
        mode,
        server: server?,
        database,
        client: client?,
        compat,
        nhost,
        aufy,
        keys,
        flow,
        vault,
        session,
        audit,
        sign_up,
        upstream,
        development,
        providers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_names_the_file_before_the_variable_and_the_usual_places() {
        let folder = tempfile::tempdir().expect("folder");
        let [missing, present] = ["missing.toml", "present.toml"].map(|name| folder.path().join(name));
        std::fs::write(&present, "").expect("written");
        let places = [missing.clone(), present.clone()];
        let named = [(FILE_VARIABLE.to_owned(), "named.toml".to_owned())];
        assert_eq!(find(Some(Path::new("flag.toml")), &named, &places), Some("flag.toml".into()));
        assert_eq!(find(None, &named, &places), Some("named.toml".into()));
        assert_eq!(find(None, &[], &places), Some(present));
        assert_eq!(find(None, &[(FILE_VARIABLE.to_owned(), String::new())], &[missing]), None);
    }
}
