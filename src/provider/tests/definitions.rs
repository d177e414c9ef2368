//! Tests of definitions merged with settings.

use super::super::definition::DefinitionError;
use super::super::{Protocol, Provider};
use super::fixture::path;
use super::{provider, settings_for};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::custody::Custody;
use crate::domain::reserved::is_reserved;
use crate::domain::rotation::Rotation;
use crate::settings::{BUILT_IN_PROVIDERS, PROVIDER_DEFINITIONS, ProviderKind, ProviderSettings};

/// The names of the specification.
const SIXTEEN: [&str; 16] = [
    "apple",
    "azuread",
    "bitbucket",
    "discord",
    "entraid",
    "facebook",
    "github",
    "gitlab",
    "google",
    "linkedin",
    "spotify",
    "strava",
    "twitch",
    "twitter",
    "windowslive",
    "workos",
];

fn made(name: &str, settings: &ProviderSettings) -> Provider {
    provider(name, settings).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn built_in_provider_needs_no_discovery() {
    assert!(SIXTEEN.iter().all(|name| BUILT_IN_PROVIDERS.contains(name)));
    for (name, _) in PROVIDER_DEFINITIONS {
        let made = made(name, &settings_for(name));
        assert!(made.endpoints().is_some(), "{name}");
        assert!(made.label.len() > 1 || made.label == "X", "{name}");
        let is_oidc = matches!(made.protocol, Protocol::Oidc { .. });
        assert!(is_oidc || !made.uses_nonce(), "{name}");
    }
}

#[test]
fn client_authentication_and_pkce_are_fixed() {
    use ClientAuthentication::{ClientSecretBasic, ClientSecretPost};
    for name in SIXTEEN.iter().chain(&["twitter@2"]).filter(|name| **name != "twitter") {
        let is_basic = ["spotify", "bitbucket", "twitter@2"].contains(name);
        let pinned = if is_basic { ClientSecretBasic } else { ClientSecretPost };
        let made = made(name, &settings_for(name));
        assert_eq!(made.client.authentication, pinned, "{name}");
        let has_pkce =
            ["github", "google", "discord", "gitlab", "workos", "azuread", "entraid", "twitter@2"].contains(name);
        assert_eq!(made.uses_pkce, has_pkce, "{name}");
    }
}

#[test]
fn settings_win_and_moved_provider_has_its_own_issuer() {
    let moved = ProviderSettings {
        base_url: Some("https://github.corp.example/".parse().expect("a URL")),
        scopes: Some(vec!["read:user".to_owned()]),
        ..settings_for("github")
    };
    let moved = made("github", &moved);
    assert_eq!(moved.scopes, ["read:user"]);
    let text = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string).unwrap_or_default();
    assert_eq!(text(&moved.configured.authorization), "https://github.corp.example/login/oauth/authorize");
    assert_eq!(text(&moved.configured.userinfo), "https://github.corp.example/api/v3/user");
    assert_eq!(text(&moved.configured.revocation), "https://github.corp.example/api/v3/applications/CID/token");
    assert_eq!(moved.configured.response_issuer, None);
    let own = made("github", &settings_for("github"));
    assert_eq!(own.configured.response_issuer.as_deref(), Some("https://github.com/login/oauth"));
    assert_ne!(own.fingerprint(), moved.fingerprint());
}

#[test]
fn base_url_may_have_a_path() {
    let base = Some("https://host.example/gitlab".parse().expect("a URL"));
    let gitlab = made("gitlab", &ProviderSettings { base_url: base, ..settings_for("gitlab") });
    let endpoints = gitlab.endpoints().expect("endpoints");
    assert_eq!(endpoints.token.as_str(), "https://host.example/gitlab/oauth/token");
    assert_eq!(endpoints.userinfo.as_ref().map(url::Url::as_str), Some("https://host.example/gitlab/api/v4/user"));
}

#[test]
fn token_is_never_revoked_at_another_server() {
    let elsewhere = ProviderSettings { token_url: "https://fake.example/token".parse().ok(), ..settings_for("google") };
    assert_eq!(made("google", &elsewhere).configured.revocation, None);
    let named = ProviderSettings { revocation_url: "https://fake.example/revoke".parse().ok(), ..elsewhere };
    assert_eq!(
        made("google", &named).configured.revocation.map(String::from).as_deref(),
        Some("https://fake.example/revoke")
    );
}

#[test]
fn tenant_and_version_are_filled_in() {
    let settings = ProviderSettings { tenant: Some("contoso.example".to_owned()), ..settings_for("entraid") };
    let entra = made("entraid", &settings).endpoints().expect("endpoints");
    assert_eq!(entra.token.as_str(), "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    let settings = ProviderSettings { version: Some("v24.0".to_owned()), ..settings_for("facebook") };
    let facebook = made("facebook", &settings).endpoints().expect("endpoints");
    assert_eq!(facebook.authorization.as_str(), "https://www.facebook.com/v24.0/dialog/oauth");
}

#[test]
fn version_2_switches_twitter_to_oauth_2() {
    let old = made("twitter", &settings_for("twitter"));
    assert!(matches!(old.protocol, Protocol::OAuth1) && old.consumer_credentials().is_some());
    let explicit = ProviderSettings { version: Some("1.0a".to_owned()), ..settings_for("twitter") };
    assert!(matches!(made("twitter", &explicit).protocol, Protocol::OAuth1));
    let new = made("twitter", &ProviderSettings { version: Some("2".to_owned()), ..settings_for("twitter") });
    assert!(matches!(new.protocol, Protocol::OAuth2) && new.consumer_credentials().is_none());
    assert_eq!((new.name.as_str(), new.icon.as_str()), ("twitter", "x"));
    assert!(!BUILT_IN_PROVIDERS.contains(&"twitter@2"));
}

#[test]
fn custom_provider_is_built_from_its_settings() {
    let oidc = ProviderSettings {
        kind: Some(ProviderKind::Oidc),
        issuer: Some("https://login.acme.example".to_owned()),
        response_mode: Some("form_post".to_owned()),
        icon: Some("acme".to_owned()),
        ..settings_for("acme")
    };
    let acme = made("acme", &oidc);
    assert!(acme.endpoints().is_none(), "its endpoints are discovered");
    assert_eq!((acme.scopes.join(" ").as_str(), acme.icon.as_str()), ("openid email profile", "acme"));
    assert_eq!(acme.parameters.get("response_mode").map(String::as_str), Some("form_post"));
    assert_eq!(provider("acme", &settings_for("acme")).err(), Some(DefinitionError::NoDefinition));
    let bare = ProviderSettings { kind: Some(ProviderKind::OAuth2), ..settings_for("forge") };
    assert_eq!(provider("forge", &bare).err(), Some(DefinitionError::Missing("authorization_url".to_owned())));
}

#[test]
fn managed_custody_asks_for_what_a_refresh_token_takes() {
    let text = |parameters: &std::collections::BTreeMap<String, String>| {
        parameters.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    let managed = |settings: ProviderSettings| ProviderSettings { custody: Custody::Managed, ..settings };
    let google = made("google", &managed(settings_for("google")));
    assert_eq!(text(&google.parameters), "access_type=offline&include_granted_scopes=true");
    assert_eq!(text(&google.reauthorization_parameters), "prompt=consent");
    let once = made("google", &settings_for("google"));
    assert_eq!((text(&once.parameters).as_str(), once.custody), ("", Custody::Once));
    for (name, scopes) in [
        ("entraid", "email profile openid offline_access"),
        ("windowslive", "wl.basic wl.emails wl.offline_access"),
        ("twitter@2", "users.read tweet.read users.email offline.access"),
        ("discord", "identify email"),
    ] {
        assert_eq!(made(name, &managed(settings_for(name))).scopes.join(" "), scopes, "{name}");
    }
    let acme = ProviderSettings {
        kind: Some(ProviderKind::Oidc),
        issuer: Some("https://login.acme.example".to_owned()),
        ..settings_for("acme")
    };
    assert_eq!(made("acme", &acme).scopes.join(" "), "openid email profile");
    assert_eq!(made("acme", &managed(acme.clone())).scopes.join(" "), "openid email profile offline_access");
    let named = ProviderSettings { scopes: Some(vec!["offline_access".to_owned(), "openid".to_owned()]), ..acme };
    assert_eq!(made("acme", &managed(named)).scopes.join(" "), "offline_access openid");
}

#[test]
fn refresh_is_sent_twice_only_where_the_provider_or_the_operator_allows_it() {
    use Rotation::{Keeps, RevokesOnReuse, Rotates};
    for (name, _) in PROVIDER_DEFINITIONS {
        let expected = match *name {
            "apple" | "google" | "linkedin" => Keeps,
            "azuread" | "bitbucket" | "entraid" => Rotates,
            _ => RevokesOnReuse,
        };
        assert_eq!(made(name, &settings_for(name)).rotation, expected, "{name}");
    }
    let keeps = ProviderSettings { rotation: Some(Keeps), ..settings_for("discord") };
    assert_eq!(made("discord", &keeps).rotation, Keeps);
}

#[test]
fn every_provider_is_documented_and_has_fixtures() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |file: &str| std::fs::read_to_string(root.join(file)).expect(file);
    let manual = text("docs/providers/README.md");
    for name in BUILT_IN_PROVIDERS {
        assert!(manual.contains(&format!("\n| [`{name}`](#{name}) |")), "{name}: a row in docs/providers");
        assert!(manual.contains(&format!("\n## {name}\n")), "{name}: a section in docs/providers");
    }
    for folder in ["fixtures", "golden"] {
        for entry in std::fs::read_dir(path(folder, "")).expect(folder) {
            let file = entry.expect("an entry").path();
            let stem = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert!(
                PROVIDER_DEFINITIONS.iter().any(|(definition, _)| *definition == stem),
                "{folder}/{stem} belongs to no definition"
            );
        }
    }
}

#[test]
fn definition_opens_no_reserved_parameter() {
    for (name, _) in PROVIDER_DEFINITIONS {
        let made = made(name, &settings_for(name));
        let parameters = made.parameters.keys().filter(|name| *name != "response_mode");
        let opened = parameters.chain(&made.client_parameters).chain(made.reauthorization_parameters.keys());
        for parameter in opened {
            assert!(!is_reserved(parameter), "{name}: {parameter}");
        }
    }
}
