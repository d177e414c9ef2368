//! Tests of the profiles that provider answers lead to: ordinary ones and difficult ones.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::super::identify::IdentifyError;
use super::super::model::Endpoints;
use super::fixture::{Expected, Fixture};
use super::journey::walk;
use super::{provider, settings_for};
use crate::domain::profile::{EmailClaim, EmailTrust, ExternalProfile};
use crate::domain::secret::Secret;
use crate::oauth::id_token::{ClaimFault, IdTokenError};
use crate::oauth::test_server::{TestServer, client, respond};
use crate::oauth::token_endpoint::exchange::{ExtraFields, TokenResponse};
use crate::settings::ProviderSettings;

async fn profile(fixture: &Fixture) -> ExternalProfile {
    walk(fixture, &fixture.provider()).await.profile.expect("a profile")
}

/// The fixture, with one answer changed.
fn changed(name: &str, place: &str, change: impl FnOnce(&mut Value)) -> Fixture {
    let mut fixture = Fixture::of(name);
    change(fixture.document(place));
    fixture
}

#[actix_web::test]
async fn recorded_answers_lead_to_expected_profile() {
    for fixture in Fixture::all() {
        let found = Expected::from(profile(&fixture).await);
        assert_eq!(found, fixture.expected, "{}", fixture.name);
    }
}

#[actix_web::test]
async fn profile_and_emails_are_asked_for_together() {
    let emails_asked = Arc::new(Semaphore::new(0));
    let server = TestServer::start(move |path| {
        if path == "/user/emails" {
            emails_asked.add_permits(1);
            return respond(200, "application/json", r#"[{"email":"m@example.org","primary":true,"verified":true}]"#);
        }
        let emails_asked = Arc::clone(&emails_asked);
        let user = stream::once(async move {
            emails_asked.acquire().await.expect("open").forget();
            Ok::<_, actix_web::Error>(Bytes::from_static(br#"{"id":7}"#))
        });
        HttpResponse::Ok().content_type("application/json").streaming(user)
    });
    let github = provider("github", &settings_for("github")).expect("a provider");
    let endpoints =
        Endpoints { userinfo: Some(server.url("/user")), ..github.endpoints().expect("configured endpoints") };
    let tokens = TokenResponse {
        access_token: Secret::new("AT"),
        refresh_token: None,
        expires_in: None,
        id_token: None,
        scopes: None,
        extra_fields: ExtraFields::default(),
    };
    let profile = github.identify(&client(), &endpoints, &tokens, None).await.expect("a profile");
    assert_eq!(
        (profile.subject.as_str(), profile.email.map(|claim| claim.email)),
        ("7", Some("m@example.org".to_owned()))
    );
}

#[actix_web::test]
async fn missing_email_is_a_profile_without_email() {
    for (name, place, member) in [
        ("apple", "id_token", "email"),
        ("google", "id_token", "email"),
        ("discord", "discord.com/api/users/@me", "email"),
        ("spotify", "api.spotify.com/v1/me", "email"),
        ("facebook", "graph.facebook.com/v22.0/me", "email"),
        ("windowslive", "apis.live.net/v5.0/me", "emails"),
        ("azuread", "login.microsoftonline.com/common/openid/userinfo", "email"),
    ] {
        let mut fixture = changed(name, place, |document| document[member] = json!(null));
        if name == "google" {
            // Userinfo is asked for what the id_token lacks.
            let userinfo = json!({"sub": fixture.expected.subject});
            fixture.answers.insert("openidconnect.googleapis.com/v1/userinfo".to_owned(), userinfo);
        }
        let profile = profile(&fixture).await;
        assert_eq!(profile.email, None, "{name}");
    }
}

#[actix_web::test]
async fn profile_email_never_replaces_the_list_of_emails() {
    for (name, place) in [("github", "api.github.com/user"), ("bitbucket", "api.bitbucket.org/2.0/user")] {
        let mut fixture = changed(name, place, |profile| {
            profile["email"] = json!("victim@example.org");
            profile["email_verified"] = json!(true);
        });
        fixture.answers.remove(&format!("{place}/emails"));
        let profile = profile(&fixture).await;
        assert_eq!(profile.email, None, "{name}: 404");
    }
}

#[actix_web::test]
async fn secondary_email_never_replaces_the_primary() {
    let fixture = changed("bitbucket", "api.bitbucket.org/2.0/user/emails", |list| {
        list["values"][0]["is_confirmed"] = json!(true);
        list["values"][1]["is_confirmed"] = json!(false);
    });
    let profile = profile(&fixture).await;
    let email = EmailClaim { email: "mira@example.org".to_owned(), trust: EmailTrust::Unverified };
    assert_eq!(profile.email, Some(email));
}

#[actix_web::test]
async fn names_are_joined_and_never_doubled() {
    let graph = |name: &str, place: &str, members: Value| {
        changed(name, place, |document| {
            for (member, value) in members.as_object().expect("an object") {
                document[member] = value.clone();
            }
        })
    };
    for (fixture, name) in [
        (
            graph("entraid", "id_token", json!({"name": null, "given_name": "Mira", "family_name": "Okafor"})),
            Some("Mira Okafor"),
        ),
        (graph("entraid", "id_token", json!({"name": null, "givenname": "Mira", "familyname": ""})), Some("Mira")),
        (graph("entraid", "id_token", json!({"name": " "})), None),
        (graph("windowslive", "apis.live.net/v5.0/me", json!({})), Some("Mira Okafor")),
        (graph("discord", "discord.com/api/users/@me", json!({"global_name": null})), Some("okafor")),
        (graph("github", "api.github.com/user", json!({"name": null})), Some("okafor-m")),
        (
            graph("linkedin", "id_token", json!({"name": "", "given_name": "Mira", "family_name": "Okafor"})),
            Some("Mira Okafor"),
        ),
    ] {
        assert_eq!(profile(&fixture).await.name.as_deref(), name, "{}", fixture.name);
    }
    let pictureless = graph("discord", "discord.com/api/users/@me", json!({"avatar": null}));
    assert_eq!(profile(&pictureless).await.picture, None);
}

#[actix_web::test]
async fn linkedin_userinfo_with_other_types_is_read() {
    let mut fixture = changed("linkedin", "id_token", |claims| {
        for member in ["email", "email_verified", "locale"] {
            claims.as_object_mut().expect("an object").remove(member);
        }
    });
    let userinfo = json!({"sub": "Zx81demoQ", "email": "mira@example.org", "email_verified": true,
        "locale": {"country": "US", "language": "en"}});
    fixture.answers.insert("api.linkedin.com/v2/userinfo".to_owned(), userinfo);
    let profile = profile(&fixture).await;
    let trust = profile.email.map(|claim| claim.trust);
    assert_eq!((trust, profile.locale.as_deref()), (Some(EmailTrust::Verified), Some("en")));
}

#[actix_web::test]
async fn user_blocked_at_gitlab_is_refused() {
    for (member, value) in [("state", json!("blocked")), ("locked", json!(true))] {
        let fixture = changed("gitlab", "gitlab.com/api/v4/user", |profile| profile[member] = value);
        let found = walk(&fixture, &fixture.provider()).await.profile;
        assert!(matches!(found, Err(IdentifyError::NotAllowed)), "{member}");
    }
    let old = changed("gitlab", "gitlab.com/api/v4/user", |profile| profile["locked"] = json!(null));
    assert_eq!(profile(&old).await.subject, "5512377");
}

#[actix_web::test]
async fn entra_token_is_accepted_for_its_own_tenant_only() {
    let fixture = Fixture::of("entraid");
    let own = "11111111-2222-4333-8444-555555555555";
    for (tenant, is_allowed) in [
        ("common", true),
        (own, true),
        ("organizations", true),
        ("consumers", false),
        ("21111111-2222-4333-8444-555555555555", false),
    ] {
        let settings = ProviderSettings { tenant: Some(tenant.to_owned()), ..settings_for("entraid") };
        let found = walk(&fixture, &provider("entraid", &settings).expect("a provider")).await.profile;
        assert_eq!(found.is_ok(), is_allowed, "{tenant}: {found:?}");
    }
    let foreign =
        changed("entraid", "id_token", |claims| claims["tid"] = json!("21111111-2222-4333-8444-555555555555"));
    let found = walk(&foreign, &foreign.provider()).await.profile;
    let different = IdTokenError::Claim { name: "iss", fault: ClaimFault::Mismatch };
    assert!(matches!(found, Err(IdentifyError::IdToken(error)) if error == different), "{found:?}");
}

#[actix_web::test]
async fn apple_accepts_its_two_issuers_only() {
    for (issuer, is_apple) in [
        ("https://appleid.apple.com", true),
        ("https://account.apple.com", true),
        ("https://appleid.apple.com/", false),
        ("https://accounts.google.com", false),
    ] {
        let fixture = changed("apple", "id_token", |claims| claims["iss"] = json!(issuer));
        let found = walk(&fixture, &fixture.provider()).await.profile;
        assert_eq!(found.is_ok(), is_apple, "{issuer}");
    }
}

#[actix_web::test]
async fn answer_without_id_is_refused() {
    for (name, place, document) in [
        ("twitch", "api.twitch.tv/helix/users", json!({"data": []})),
        ("facebook", "graph.facebook.com/v22.0/me", json!(false)),
        ("azuread", "login.microsoftonline.com/common/openid/userinfo", json!({"upn": "mira@contoso.example"})),
        ("github", "api.github.com/user", json!({"login": "okafor-m"})),
    ] {
        let fixture = changed(name, place, |answer| *answer = document);
        let found = walk(&fixture, &fixture.provider()).await.profile;
        assert!(matches!(found, Err(IdentifyError::Profile(_))), "{name}: {found:?}");
    }
}
