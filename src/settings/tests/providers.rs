//! The settings of providers.

use super::{development, keys, only};
use crate::domain::client_authentication::ClientAuthentication;
use crate::domain::custody::Custody;
use crate::domain::rotation::Rotation;
use crate::settings::{ProviderKind, Settings};

/// Loads one provider.
fn provider(name: &str, lines: &str) -> Result<Settings, super::SettingsErrors> {
    development(&format!("[providers.{name}]\nclient_id = \"a\"\nclient_secret = \"b\"\n{lines}"))
}

const FORGE: &str = "type = \"oauth2\"\nauthorization_url = \"https://f.example/a\"\ntoken_url = \"https://f.example/t\"\n\
                     userinfo_url = \"https://f.example/u\"\nclaims = { id = \"data[0].id\", email = \"mail\" }";

#[test]
fn a_built_in_provider_requires_id_and_secret_only() {
    for name in crate::settings::BUILT_IN_PROVIDERS.iter().filter(|name| **name != "apple") {
        assert!(provider(name, "").is_ok(), "{name}");
    }
    let result = development("[providers.google]");
    assert_eq!(keys(&result), ["providers.google.client_id", "providers.google.client_secret"]);
}

#[test]
fn a_built_in_provider_accepts_endpoints_but_no_type() {
    let settings = provider("github", "token_url = \"https://git.example.com/token\"\npkce = false").expect("settings");
    let github = settings.providers.values().next().expect("a provider");
    assert_eq!(github.token_url.as_ref().map(url::Url::as_str), Some("https://git.example.com/token"));
    assert_eq!((github.kind, github.pkce), (None, Some(false)));
    assert_eq!(only(provider("github", "type = \"oauth2\"")).key, "providers.github.type");
}

#[test]
fn a_custom_provider_requires_its_type_and_endpoints() {
    let settings = provider("acme", "type = \"oidc\"\nissuer = \"https://login.acme.example\"").expect("settings");
    let acme = settings.providers.values().next().expect("a provider");
    assert_eq!((acme.kind, acme.issuer.as_deref()), (Some(ProviderKind::Oidc), Some("https://login.acme.example")));
    let settings = provider("forge", FORGE).expect("settings");
    let forge = settings.providers.values().next().expect("a provider");
    assert_eq!(forge.kind, Some(ProviderKind::OAuth2));
    assert_eq!(forge.claims.get("id").map(ToString::to_string).as_deref(), Some("data[0].id"));

    assert_eq!(keys(&provider("acme", "type = \"oidc\"")), ["providers.acme.issuer"]);
    assert_eq!(
        keys(&provider("forge", "type = \"oauth2\"")),
        ["authorization_url", "token_url", "userinfo_url"].map(|key| format!("providers.forge.{key}"))
    );
}

#[test]
fn managed_custody_needs_oauth_2_and_allowed_scopes_have_no_comma() {
    let lines = "custody = \"managed\"\nrotation = \"keeps\"\nallowed_scopes = [\"a.b\"]";
    let settings = provider("google", lines).expect("settings");
    let google = settings.providers.values().next().expect("a provider");
    assert_eq!((google.custody, google.rotation), (Custody::Managed, Some(Rotation::Keeps)));
    assert_eq!(google.allowed_scopes, ["a.b"]);
    assert!(provider("twitter", "version = \"2\"\ncustody = \"managed\"").is_ok());
    for version in ["", "version = \"1.0a\"\n"] {
        let error = only(provider("twitter", &format!("{version}custody = \"managed\"")));
        assert_eq!(error.key, "providers.twitter.custody");
    }
    assert_eq!(only(provider("google", "allowed_scopes = [\"a,b\"]")).key, "providers.google.allowed_scopes[0]");
    assert_eq!(only(provider("google", "rotation = \"revoke_on_reuse\"")).key, "providers.google.rotation");
}

#[test]
fn a_misspelled_provider_name_is_suggested() {
    let error = only(provider("gihtub", ""));
    assert_eq!(error.key, "providers.gihtub.type");
    assert_eq!(error.suggestion.as_deref(), Some("did you mean `providers.github`?"));
    assert_eq!(only(provider("GitHub", "type = \"oidc\"\nissuer = \"https://x.example\"")).key, "providers.GitHub");
}

#[test]
fn a_public_client_needs_no_secret() {
    let text = "[providers.github]\nclient_id = \"a\"\nclient_authentication = \"none\"";
    let settings = development(text).expect("settings");
    let github = settings.providers.values().next().expect("a provider");
    assert_eq!(github.client_authentication, Some(ClientAuthentication::None));
    let error = only(provider("github", "client_authentication = \"client_secret_basics\""));
    assert_eq!(error.suggestion.as_deref(), Some("did you mean `client_secret_basic`?"));
}

#[test]
fn provider_urls_are_https_unless_private_networks_are_allowed() {
    let line = "token_url = \"http://10.0.0.1/t\"\nissuer = \"http://10.0.0.1\"";
    let result = provider("github", line);
    assert_eq!(keys(&result), ["providers.github.issuer", "providers.github.token_url"]);
    assert!(provider("github", &format!("{line}\n[upstream]\nallow_private_networks = true")).is_ok());
    assert!(provider("github", "token_url = \"http://127.0.0.1:9/t\"").is_ok());
}

#[test]
fn an_issuer_is_kept_as_it_was_written_and_has_no_query() {
    for issuer in ["https://Login.acme.example", "https://login.acme.example/", "https://login.acme.example:443/a"] {
        let settings = provider("acme", &format!("type = \"oidc\"\nissuer = \"{issuer}\"")).expect("settings");
        assert_eq!(settings.providers.values().next().and_then(|acme| acme.issuer.as_deref()), Some(issuer));
    }
    assert_eq!(
        only(provider("acme", "type = \"oidc\"\nissuer = \"https://x.example?a\"")).key,
        "providers.acme.issuer"
    );
}

#[test]
fn parameters_of_the_protocol_are_refused() {
    let line = "parameters = { prompt = \"consent\", State = \"x\", code_challenge = \"y\" }";
    let result = provider("github", line);
    assert_eq!(keys(&result), ["providers.github.parameters.State", "providers.github.parameters.code_challenge"]);
    let settings = provider("github", "parameters = { prompt = \"consent\" }").expect("settings");
    let github = settings.providers.values().next().expect("a provider");
    assert_eq!(github.parameters.get("prompt").map(String::as_str), Some("consent"));
}

#[test]
fn each_invalid_key_of_a_provider_is_reported() {
    for (lines, key) in [
        ("scopes = [\"openid\", \"email profile\"]", "scopes[1]"),
        ("id_token_algorithms = [\"none\"]", "id_token_algorithms[0]"),
        ("id_token_algorithms = [\"HS256\"]", "id_token_algorithms[0]"),
        ("claims = { id = \"a[\" }", "claims.id"),
        ("claims = { mail = \"mail\" }", "claims.mail"),
        ("label = \"\"", "label"),
        ("team = \"x\"", "team"),
    ] {
        assert_eq!(only(provider("github", lines)).key, format!("providers.github.{key}"), "{lines}");
    }
}

#[test]
fn apple_requires_a_key_instead_of_a_secret() {
    let apple = |lines: &str| development(&format!("[providers.apple]\nclient_id = \"a\"\n{lines}"));
    let whole = "team_id = \"T\"\nkey_id = \"K\"\nprivate_key = \"pem\"\naudiences = [\"com.example.app\"]";
    let settings = apple(whole).expect("settings");
    let found = settings.providers.values().next().expect("a provider");
    assert_eq!((found.team_id.as_deref(), found.key_id.as_deref()), (Some("T"), Some("K")));
    assert_eq!(found.audiences, ["com.example.app"]);
    let errors = ["private_key", "team_id", "key_id"].map(|key| format!("providers.apple.{key}"));
    assert_eq!(keys(&apple("")), errors);
    assert_eq!(only(apple(&format!("{whole}\nclient_secret = \"s\""))).key, "providers.apple.client_secret");
}

#[test]
fn a_private_key_requires_its_client_authentication() {
    let line = "type = \"oidc\"\nissuer = \"https://login.acme.example\"\nclient_id = \"a\"";
    let acme = |lines: &str| development(&format!("[providers.acme]\n{line}\n{lines}"));
    let way = "client_authentication = \"private_key_jwt\"";
    assert!(acme(&format!("{way}\nprivate_key = \"pem\"\nkey_id = \"k\"")).is_ok());
    assert_eq!(only(acme(way)).key, "providers.acme.private_key");
    let unused = only(acme("client_secret = \"s\"\nprivate_key = \"pem\""));
    assert_eq!(unused.key, "providers.acme.private_key");
    assert_eq!(unused.suggestion.as_deref(), Some("it goes with client_authentication = \"private_key_jwt\""));
}

#[test]
fn a_key_of_one_provider_is_refused_for_another() {
    for (name, line, key) in [
        ("google", "tenant = \"common\"", "tenant"),
        ("google", "base_url = \"https://git.example.com\"", "base_url"),
        ("github", "version = \"v22.0\"", "version"),
        ("spotify", "default_connection = \"c\"", "default_connection"),
        ("twitch", "appsecret_proof = false", "appsecret_proof"),
    ] {
        assert!(keys(&provider(name, line)).contains(&format!("providers.{name}.{key}").as_str()), "{line}");
    }
    let error = only(provider("google", "team_id = \"T\""));
    assert_eq!(error.suggestion.as_deref(), Some("it is for apple"));
}

#[test]
fn provider_specific_values_are_checked() {
    for (name, line) in [
        ("entraid", "tenant = \"contoso.example\""),
        ("entraid", "tenant = \"11111111-2222-4333-8444-555555555555\""),
        ("facebook", "version = \"v24.0\"\nappsecret_proof = false"),
        ("twitter", "version = \"2\""),
        ("gitlab", "base_url = \"https://host.example/gitlab\""),
        ("workos", "default_organization = \"org_1\""),
        ("google", "icon = \"g-plain\"\nresponse_mode = \"form_post\""),
        ("google", "icon = \"https://cdn.example/google.svg\""),
    ] {
        assert!(provider(name, line).is_ok(), "{name} {line}");
    }
    for (name, line, key) in [
        ("entraid", "tenant = \"a/b\"", "tenant"),
        ("entraid", "tenant = \"../evil\"", "tenant"),
        ("facebook", "version = \"22\"", "version"),
        ("facebook", "version = \"v22.0/x\"", "version"),
        ("twitter", "version = \"1\"", "version"),
        ("google", "icon = \"http://cdn.example/g.svg\"", "icon"),
        ("google", "response_mode = \"fragment\"", "response_mode"),
        ("gitlab", "base_url = \"http://git.example.com\"", "base_url"),
    ] {
        assert_eq!(only(provider(name, line)).key, format!("providers.{name}.{key}"), "{line}");
    }
}

#[test]
fn an_issuer_with_a_tenant_placeholder_requires_endpoints() {
    let issuer = "type = \"oidc\"\nissuer = \"https://login.acme.example/{tenantid}/v2\"";
    assert_eq!(only(provider("acme", issuer)).key, "providers.acme.issuer");
    let addresses =
        ["authorization_url", "token_url", "jwks_url"].map(|key| format!("{key} = \"https://a.example/x\""));
    let settings = provider("acme", &format!("{issuer}\n{}", addresses.join("\n"))).expect("settings");
    let acme = settings.providers.values().next().expect("a provider");
    assert_eq!(acme.issuer.as_deref(), Some("https://login.acme.example/{tenantid}/v2"));
}
