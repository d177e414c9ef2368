//! Tests of every definition against recorded answers of its provider. The requests are compared with the files in
//! `tests/it/providers/golden`.

mod client_id_token;
mod definitions;
mod email_verification;
mod fixture;
mod golden;
mod journey;
mod par;
mod profiles;
mod refresh;
mod registry;
mod signing;
mod userinfo;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::Provider;
use super::definition::{DefinitionError, build_provider};
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::secret::Secret;
use crate::oauth::client_assertion::tests::p256;
use crate::oauth::http::{HttpPolicy, NetworkAccess};
use crate::settings::ProviderSettings;

/// The time of all tests.
pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// The required settings of a provider. `name@version` sets the version, too.
pub(crate) fn settings_for(name: &str) -> ProviderSettings {
    let settings = ProviderSettings {
        client_id: "CID".to_owned(),
        version: name.split_once('@').map(|(_, version)| version.to_owned()),
        ..ProviderSettings::default()
    };
    if name == "apple" {
        return ProviderSettings {
            team_id: Some("TEAM123456".to_owned()),
            key_id: Some("KEY1234567".to_owned()),
            private_key: Some(p256()),
            ..settings
        };
    }
    ProviderSettings { client_secret: Some(Secret::new("SEC")), ..settings }
}

/// The provider that definition and settings make.
pub(crate) fn provider(name: &str, settings: &ProviderSettings) -> Result<Provider, DefinitionError> {
    let name: ProviderName = name.split('@').next().unwrap_or_default().parse().expect("a name");
    let http = HttpPolicy::new(Duration::from_secs(5), NetworkAccess::Any, None).expect("a policy");
    build_provider(&name, settings, &http)
}

/// The claims of a token, without a check of its signature.
pub(super) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

/// Makes the registry panic, for tests of its restart.
#[derive(actix::Message)]
#[rtype(result = "()")]
pub(crate) struct Break;

impl actix::Handler<Break> for super::registry::ProviderRegistry {
    type Result = ();

    fn handle(&mut self, _: Break, _: &mut Self::Context) {
        panic!("on purpose");
    }
}
