//! The simulated providers of development mode.

use std::sync::Arc;

use serde_json::json;
use url::Url;
use vouchsafe_simulator::{
    APPLE_KEY_ID, APPLE_TEAM_ID, CLIENT_ID, CLIENT_SECRET, Failure, SimulatedProvider, Simulator,
};

use super::{BuildError, mount_point};
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;
use crate::domain::random::RandomSource;
use crate::domain::secret::Secret;
use crate::http::pages::demo::Failures;
use crate::oauth::http::{HttpPolicy, NetworkAccess};
use crate::provider::{self, Provider};
use crate::settings::{ProviderKind, ProviderSettings, Settings};

/// Where the simulator is mounted, below our own root.
pub(super) const PATH: &str = "/simulator";

/// The simulator that is mounted at [`PATH`].
pub(super) fn simulator(settings: &Settings, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Simulator {
    let mut base = settings.server.public_url.clone();
    base.set_path(&format!("{}{PATH}", mount_point(settings)));
    Simulator::new(base, move || clock.now().seconds(), move |bytes| random.fill(bytes))
}

/// The simulated providers that are not configured otherwise. X is left out, because it shares its accounts with Twitter,
/// and plain OAuth 2.0, of which we know no format.
pub(super) fn providers(simulator: &Simulator, settings: &Settings) -> Result<Vec<Provider>, BuildError> {
    // The simulator is on loopback, which the configured policy may forbid.
    let http = HttpPolicy::new(settings.upstream.timeout, NetworkAccess::PublicAndLoopback, None)?;
    let is_known =
        |simulated: &SimulatedProvider| !matches!(simulated, SimulatedProvider::X | SimulatedProvider::Oauth2);
    let simulated = SimulatedProvider::ALL.into_iter().filter(is_known);
    let missing = simulated.filter_map(|simulated| {
        let name: ProviderName = simulated.name().parse().ok()?;
        let is_configured = settings.providers.contains_key(&name);
        (!is_configured).then(|| (name, provider_settings(simulator, simulated)))
    });
    let mut providers = provider::build_providers(&missing.collect(), &settings.session.custom_claims.profile, &http)
        .map_err(|(name, error)| BuildError::Provider(name, error))?;
    let pictures = format!("{}/people/", simulator.base());
    for provider in &mut providers {
        provider.claims.simulated_pictures = Some(pictures.clone());
    }
    Ok(providers)
}

/// The simulator's failures, for the demo page.
pub(super) fn failures(simulator: &Simulator) -> Arc<dyn Failures> {
    Arc::new(simulator.clone())
}

impl Failures for Simulator {
    fn has(&self, provider: &str) -> bool {
        SimulatedProvider::from_name(provider).is_some()
    }

    fn arm(&self, provider: &str, failure: &str, endpoint: Option<&str>) -> bool {
        let endpoint = endpoint.map(|name| serde_json::from_value(json!(name))).transpose();
        let failure = endpoint.ok().and_then(|endpoint| Failure::from_name(failure, endpoint));
        let (Some(provider), Some(failure)) = (SimulatedProvider::from_name(provider), failure) else { return false };
        self.fail_times(provider, failure, 1);
        true
    }

    fn disarm(&self, provider: &str) {
        if let Some(provider) = SimulatedProvider::from_name(provider) {
            self.recover(provider);
        }
    }
}

/// The settings of one simulated provider.
fn provider_settings(simulator: &Simulator, provider: SimulatedProvider) -> ProviderSettings {
    let at = simulator.endpoints(provider);
    let url = |text: &str| Url::parse(text).ok();
    let optional = |text: &Option<String>| text.as_deref().and_then(url);
    let mut settings = ProviderSettings {
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET)),
        issuer: Some(at.issuer).filter(|issuer| !issuer.is_empty()),
        ..ProviderSettings::default()
    };
    if provider == SimulatedProvider::Oidc {
        settings.kind = Some(ProviderKind::Oidc);
        settings.label = Some(provider.label().to_owned());
        return settings;
    }
    settings.authorization_url = url(&at.authorize);
    settings.token_url = url(&at.token);
    settings.userinfo_url = url(&at.userinfo);
    settings.jwks_url = optional(&at.jwks);
    settings.request_token_url = optional(&at.request_token);
    settings.revocation_url = optional(&at.revoke);
    match provider {
        // Google issues refresh tokens only on request.
        SimulatedProvider::Google => drop(settings.parameters.insert("access_type".to_owned(), "offline".to_owned())),
        SimulatedProvider::Apple => {
            settings.client_secret = None;
            settings.team_id = Some(APPLE_TEAM_ID.to_owned());
            settings.key_id = Some(APPLE_KEY_ID.to_owned());
            settings.private_key = Some(Secret::new(simulator.apple_private_key()));
        }
        // Facebook and Twitter return only requested fields.
        SimulatedProvider::Facebook => {
            settings.userinfo_url = url(&format!("{}?fields=id,name,email,picture", at.userinfo))
        }
        SimulatedProvider::Twitter => settings.userinfo_url = url(&format!("{}?include_email=true", at.userinfo)),
        SimulatedProvider::Workos => settings.default_organization = Some("org_demo".to_owned()),
        _ => {}
    }
    settings
}
