//! What development mode makes up: keys of its own, and providers that the simulator plays.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::{BuildError, mount_point};
use crate::domain::clock::Clock;
use crate::domain::entropy::Entropy;
use crate::domain::id::ProviderName;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::oauth::http::HttpPolicy;
use crate::provider::{self, Provider};
use crate::session::keys;
use crate::settings::{JwtAlgorithm, JwtKey, ProviderKind, ProviderSettings, Settings};
use crate::simulator::{APPLE_KEY_ID, APPLE_TEAM_ID, CLIENT_ID, CLIENT_SECRET, House, Simulator};

/// Where the simulated providers are, below our own root.
pub(super) const SIMULATOR_PATH: &str = "/simulator";

/// Keys that are not configured are generated, once, and kept where only their owner reads them.
pub(super) fn make_keys(settings: &mut Settings, entropy: &dyn Entropy) -> Result<(), BuildError> {
    let directory = &settings.development.directory;
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(directory)?;
    if settings.keys.jwt.is_empty() {
        let pem = kept(&directory.join("jwt.pem"), || Ok(keys::generate(JwtAlgorithm::ES256, entropy)?))?;
        settings.keys.jwt.push(JwtKey { id: None, algorithm: JwtAlgorithm::ES256, key: pem });
    }
    if settings.keys.vault.is_empty() {
        let text = kept(&directory.join("vault.key"), || Ok(Secret::new(hex(&entropy.bytes::<32>()))))?;
        let bytes = unhex(text.expose().trim()).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "vault.key is not 64 hexadecimal digits; remove it to get a new one",
            )
        })?;
        settings.keys.vault.push(MasterKey::new("development", bytes));
    }
    Ok(())
}

/// The text of a file, which is made first if it is not there. Of several processes that make it, one wins for all:
/// the file appears under its name only when it is whole.
fn kept(path: &Path, make: impl FnOnce() -> Result<Secret, BuildError>) -> Result<Secret, BuildError> {
    if !path.exists() {
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&draft)?.write_all(make()?.expose().as_bytes())?;
        let placed = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        placed.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
    }
    Ok(Secret::new(fs::read_to_string(path)?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The simulator, and the providers that it plays because nobody configured them.
pub(super) struct Played {
    pub(super) simulator: Simulator,
    pub(super) providers: Vec<Provider>,
}

impl Played {
    pub(super) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, BuildError> {
        let mut base = settings.server.public_url.clone();
        base.set_path(&format!("{}{SIMULATOR_PATH}", mount_point(settings)));
        let simulator = Simulator::new(base, clock, entropy);
        // It is on loopback, where nobody else may be called.
        let http = HttpPolicy::new(settings.upstream.timeout, true, None)?;
        let played = House::ALL.into_iter().filter(|house| *house != House::X).filter_map(|house| {
            let name: ProviderName = house.name().parse().ok()?;
            let is_configured = settings.providers.contains_key(&name);
            (!is_configured).then(|| (name, played(&simulator, house)))
        });
        let providers = provider::configured(&played.collect(), &settings.session.custom_claims.profile, &http)
            .map_err(|(name, error)| BuildError::Provider(name, error))?;
        Ok(Self { simulator, providers })
    }
}

/// The settings with which a provider is found at the simulator. X is Twitter by its other protocol, and left out.
fn played(simulator: &Simulator, house: House) -> ProviderSettings {
    let at = simulator.endpoints(house);
    let url = |text: &str| Url::parse(text).ok();
    let optional = |text: &Option<String>| text.as_deref().and_then(url);
    let mut settings = ProviderSettings {
        label: Some(house.label().to_owned()),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        issuer: Some(at.issuer).filter(|issuer| !issuer.is_empty()),
        ..ProviderSettings::default()
    };
    if house == House::Oidc {
        settings.kind = Some(ProviderKind::Oidc);
        return settings;
    }
    settings.authorization_url = url(&at.authorize);
    settings.token_url = url(&at.token);
    settings.userinfo_url = url(&at.userinfo);
    settings.jwks_url = optional(&at.jwks);
    settings.request_token_url = optional(&at.request_token);
    settings.revocation_url = optional(&at.revoke);
    match house {
        // So that there is a refresh token to be seen.
        House::Google => drop(settings.parameters.insert("access_type".to_owned(), "offline".to_owned())),
        House::Apple => {
            settings.client_secret = None;
            settings.team_id = Some(APPLE_TEAM_ID.to_owned());
            settings.key_id = Some(APPLE_KEY_ID.to_owned());
            settings.private_key = Some(Secret::new(simulator.apple_private_key()));
        }
        // A profile tells what it is asked for.
        House::Facebook => settings.userinfo_url = url(&format!("{}?fields=id,name,email,picture", at.userinfo)),
        House::Twitter => settings.userinfo_url = url(&format!("{}?include_email=true", at.userinfo)),
        House::Workos => settings.default_organization = Some("org_demo".to_owned()),
        _ => {}
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::entropy::SystemEntropy;

    #[test]
    fn made_keys_are_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let directory = folder.path().join("made");
        let settings = || {
            let text = format!("mode = 'development'\n[development]\ndirectory = '{}'", directory.display());
            let mut settings = Settings::from_toml(&text).expect("settings");
            make_keys(&mut settings, &SystemEntropy).expect("keys");
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
        fs::write(directory.join("vault.key"), "nonsense").expect("written");
        let text = format!("mode = 'development'\n[development]\ndirectory = '{}'", directory.display());
        let mut spoilt = Settings::from_toml(&text).expect("settings");
        assert!(make_keys(&mut spoilt, &SystemEntropy).is_err());
    }
}
