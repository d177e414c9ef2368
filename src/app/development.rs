//! What development mode makes up: keys of its own, and providers that the simulator plays.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::{BuildError, mount_point};
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;
use crate::domain::random::RandomSource;
use crate::domain::seal::MasterKey;
use crate::domain::secret::Secret;
use crate::oauth::http::HttpPolicy;
use crate::provider::{self, Provider};
use crate::session::keys;
use crate::settings::{JwtAlgorithm, JwtKey, ProviderKind, ProviderSettings, Settings};
use crate::simulator::{APPLE_KEY_ID, APPLE_TEAM_ID, CLIENT_ID, CLIENT_SECRET, SimulatedProvider, Simulator};

/// Where the simulated providers are, below our own supervisor.
pub(super) const SIMULATOR_PATH: &str = "/simulator";

/// Keys that are not configured are generated, once, and read_or_create where only their owner reads them.
pub(super) fn make_keys(settings: &mut Settings, random: &dyn RandomSource) -> Result<(), BuildError> {
    let directory = &settings.development.directory;
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(directory)?;
    if settings.keys.jwt.is_empty() {
        let pem = read_or_create(&directory.join("jwt.pem"), || Ok(keys::generate(JwtAlgorithm::ES256, random)?))?;
        settings.keys.jwt.push(JwtKey { id: None, algorithm: JwtAlgorithm::ES256, key: pem });
    }
    if settings.keys.vault.is_empty() {
        let text = read_or_create(&directory.join("vault.key"), || Ok(Secret::new(hex(&random.bytes::<32>()))))?;
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
fn read_or_create(path: &Path, make: impl FnOnce() -> Result<Secret, BuildError>) -> Result<Secret, BuildError> {
    if !path.exists() {
        let draft = path.with_extension(format!("{}.new", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&draft)?.write_all(make()?.expose().as_bytes())?;
        let linked = fs::hard_link(&draft, path);
        fs::remove_file(&draft)?;
        linked.or_else(|error| if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })?;
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
pub(super) struct SimulatedProviders {
    pub(super) simulator: Simulator,
    pub(super) providers: Vec<Provider>,
}

impl SimulatedProviders {
    pub(super) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn RandomSource>,
    ) -> Result<Self, BuildError> {
        let mut base = settings.server.public_url.clone();
        base.set_path(&format!("{}{SIMULATOR_PATH}", mount_point(settings)));
        let simulator = Simulator::new(base, clock, random);
        // It is on loopback, where nobody else may be called.
        let http = HttpPolicy::new(settings.upstream.timeout, true, None)?;
        let simulated = SimulatedProvider::ALL
            .into_iter()
            .filter(|provider| *provider != SimulatedProvider::X)
            .filter_map(|provider| {
                let name: ProviderName = provider.name().parse().ok()?;
                let is_configured = settings.providers.contains_key(&name);
                (!is_configured).then(|| (name, provider_settings(&simulator, provider)))
            });
        let providers = provider::configured(&simulated.collect(), &settings.session.custom_claims.profile, &http)
            .map_err(|(name, error)| BuildError::Provider(name, error))?;
        Ok(Self { simulator, providers })
    }
}

/// The settings with which a provider is found at the simulator. X is Twitter by its other protocol, and left out.
fn provider_settings(simulator: &Simulator, provider: SimulatedProvider) -> ProviderSettings {
    let at = simulator.endpoints(provider);
    let url = |text: &str| Url::parse(text).ok();
    let optional = |text: &Option<String>| text.as_deref().and_then(url);
    let mut settings = ProviderSettings {
        label: Some(provider.label().to_owned()),
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        issuer: Some(at.issuer).filter(|issuer| !issuer.is_empty()),
        ..ProviderSettings::default()
    };
    if provider == SimulatedProvider::Oidc {
        settings.kind = Some(ProviderKind::Oidc);
        return settings;
    }
    settings.authorization_url = url(&at.authorize);
    settings.token_url = url(&at.token);
    settings.userinfo_url = url(&at.userinfo);
    settings.jwks_url = optional(&at.jwks);
    settings.request_token_url = optional(&at.request_token);
    settings.revocation_url = optional(&at.revoke);
    match provider {
        // So that there is a refresh token to be seen.
        SimulatedProvider::Google => drop(settings.parameters.insert("access_type".to_owned(), "offline".to_owned())),
        SimulatedProvider::Apple => {
            settings.client_secret = None;
            settings.team_id = Some(APPLE_TEAM_ID.to_owned());
            settings.key_id = Some(APPLE_KEY_ID.to_owned());
            settings.private_key = Some(Secret::new(simulator.apple_private_key()));
        }
        // A profile tells what it is asked for.
        SimulatedProvider::Facebook => {
            settings.userinfo_url = url(&format!("{}?fields=id,name,email,picture", at.userinfo))
        }
        SimulatedProvider::Twitter => settings.userinfo_url = url(&format!("{}?include_email=true", at.userinfo)),
        SimulatedProvider::Workos => settings.default_organization = Some("org_demo".to_owned()),
        _ => {}
    }
    settings
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
            make_keys(&mut settings, &OsRandom).expect("keys");
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
        let mut invalid = Settings::from_toml(&text).expect("settings");
        assert!(make_keys(&mut invalid, &OsRandom).is_err());
    }
}
