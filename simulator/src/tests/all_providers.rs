//! A sign-in at every provider: authorization, token, profile and refresh.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{Reply, SimulatedProvider, TestServer, oauth2, payload, text};
use crate::Persona;

/// The expected effect of a refresh on the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    Never,
    Silent,
    Same,
    Beside,
    Instead,
}

/// The expected profile format: query of the profile URL, JSON pointers of id, email and name, and effect of a refresh.
fn shape(provider: SimulatedProvider) -> (&'static str, &'static str, &'static str, &'static str, Refresh) {
    match provider {
        SimulatedProvider::Apple => ("", "/sub", "/email", "", Refresh::Silent),
        SimulatedProvider::Github => ("", "/id", "", "/name", Refresh::Never),
        SimulatedProvider::Google => ("", "/sub", "/email", "/name", Refresh::Silent),
        SimulatedProvider::Linkedin => ("", "/sub", "/email", "/name", Refresh::Same),
        SimulatedProvider::Discord => ("", "/id", "/email", "/global_name", Refresh::Instead),
        SimulatedProvider::Spotify => ("", "/id", "/email", "/display_name", Refresh::Silent),
        SimulatedProvider::Twitch => ("", "/data/0/id", "/data/0/email", "", Refresh::Beside),
        SimulatedProvider::Gitlab => ("", "/id", "/email", "/name", Refresh::Instead),
        SimulatedProvider::Bitbucket => ("", "/uuid", "", "/display_name", Refresh::Instead),
        SimulatedProvider::Workos => ("", "/id", "/email", "/name", Refresh::Never),
        SimulatedProvider::Azuread => ("", "/oid", "/email", "/name", Refresh::Beside),
        SimulatedProvider::Entraid => ("", "/sub", "/email", "/name", Refresh::Beside),
        SimulatedProvider::Strava => ("", "/id", "", "", Refresh::Instead),
        SimulatedProvider::Facebook => ("?fields=id,name,email,picture", "/id", "/email", "/name", Refresh::Never),
        SimulatedProvider::Windowslive => ("", "/id", "/emails/preferred", "/name", Refresh::Beside),
        SimulatedProvider::X => (
            "?user.fields=confirmed_email,profile_image_url",
            "/data/id",
            "/data/confirmed_email",
            "/data/name",
            Refresh::Instead,
        ),
        SimulatedProvider::Oidc => ("", "/sub", "/email", "/name", Refresh::Instead),
        SimulatedProvider::Oauth2 => ("", "/id", "/email", "/name", Refresh::Instead),
        SimulatedProvider::Twitter => unreachable!("it has a walk of its own"),
    }
}

async fn profile(server: &TestServer, provider: SimulatedProvider, answer: &Value) -> Value {
    if provider == SimulatedProvider::Apple {
        return payload(text(answer, "id_token"));
    }
    let url = format!("{}{}", server.at(provider).userinfo, shape(provider).0);
    let reply = server.get(&url, text(answer, "access_token")).await;
    assert_eq!(reply.status, StatusCode::OK, "{provider:?}: {}", reply.body);
    reply.json()
}

#[actix_web::test]
async fn mira_can_sign_in_at_every_provider() {
    let server = TestServer::start();
    for provider in oauth2() {
        let code = server.code(provider, "mira", &[("access_type", "offline")]).await;
        let reply = server.exchange_code(provider, &code, &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{provider:?}: {}", reply.body);
        assert!(reply.content_type.starts_with("application/json"), "{provider:?}");
        let profile = profile(&server, provider, &reply.json()).await;
        let (_, id, email, name, _) = shape(provider);
        let at = |pointer: &str| profile.pointer(pointer).unwrap_or(&Value::Null);
        let found = at(id).as_str().map_or_else(|| at(id).to_string(), str::to_owned);
        let mira = Persona::find("mira").unwrap();
        assert_eq!(found, mira.subject(provider), "{provider:?}");
        if !email.is_empty() {
            assert_eq!(*at(email), json!("mira@example.org"), "{provider:?}");
        }
        if !name.is_empty() {
            assert_eq!(*at(name), json!("Mira Okafor"), "{provider:?}");
        }
        let calls = server.simulator.counts().of(provider);
        assert_eq!((calls.authorize, calls.token), (1, 1), "{provider:?}");
    }
}

#[actix_web::test]
async fn missing_email_and_picture_are_absent() {
    let server = TestServer::start();
    for provider in oauth2() {
        for (persona, secret) in [("aiko", "@example"), ("rosa", "/people/rosa.svg"), ("aiko", "\"email_verified\":t")]
        {
            let code = server.code(provider, persona, &[]).await;
            let answer = server.exchange_code(provider, &code, &[]).await.json();
            let profile = profile(&server, provider, &answer).await.to_string();
            assert!(!profile.contains(secret), "{provider:?} {persona}: {profile}");
        }
    }
}

#[actix_web::test]
async fn refresh_tokens_rotate_as_at_the_provider() {
    let server = TestServer::start();
    for provider in oauth2() {
        let code = server.code(provider, "mira", &[("access_type", "offline")]).await;
        let first = server.exchange_code(provider, &code, &[]).await.json();
        let kind = shape(provider).4;
        let Some(token) = first["refresh_token"].as_str() else {
            assert_eq!(kind, Refresh::Never, "{provider:?}");
            let rejection = server.refresh(provider, "anything").await;
            assert!(rejection.json().get("access_token").is_none(), "{provider:?}");
            continue;
        };
        assert_ne!(kind, Refresh::Never, "{provider:?}");
        let second = server.refresh(provider, token).await;
        assert_eq!(second.status, StatusCode::OK, "{provider:?}: {}", second.body);
        let second = second.json();
        assert_ne!(first["access_token"], second["access_token"], "{provider:?}");
        profile(&server, provider, &second).await;
        let successor = second["refresh_token"].as_str();
        match kind {
            Refresh::Silent => assert_eq!(successor, None, "{provider:?}"),
            Refresh::Same => assert_eq!(successor, Some(token), "{provider:?}"),
            _ => assert!(successor.is_some_and(|successor| successor != token), "{provider:?}"),
        }
        let again = server.refresh(provider, token).await;
        assert_eq!(again.status == StatusCode::OK, kind != Refresh::Instead, "{provider:?}: {}", again.body);
        if let Some(successor) = successor {
            assert_eq!(server.refresh(provider, successor).await.status, StatusCode::OK, "{provider:?}");
        }
    }
}

/// The expected response to a bad code: status and part of the body.
fn bad_code(provider: SimulatedProvider) -> (u16, &'static str) {
    let words = match provider {
        SimulatedProvider::Github => return (200, "bad_verification_code"),
        SimulatedProvider::Linkedin => "Unable to retrieve access token",
        SimulatedProvider::Discord => r#"Invalid \"code\" in request."#,
        SimulatedProvider::Spotify | SimulatedProvider::Twitch => "Invalid authorization code",
        SimulatedProvider::Bitbucket => "The specified code is not valid.",
        SimulatedProvider::Azuread | SimulatedProvider::Entraid => "AADSTS70008: ",
        SimulatedProvider::Strava => r#""resource":"AuthorizationCode""#,
        SimulatedProvider::Facebook => r#""type":"OAuthException""#,
        SimulatedProvider::Windowslive => "The provided value for the 'code' parameter is not valid.",
        SimulatedProvider::X => "Value passed for the authorization code was invalid.",
        _ => "invalid_grant",
    };
    (400, words)
}

fn assert_refused(provider: SimulatedProvider, reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status.as_u16(), status, "{provider:?}: {}", reply.body);
    assert!(reply.body.contains(words) && !reply.body.contains("access_token\":\""), "{provider:?}: {}", reply.body);
}

#[actix_web::test]
async fn code_works_once_at_every_provider() {
    let server = TestServer::start();
    for provider in oauth2() {
        let (status, words) = bad_code(provider);
        assert_refused(provider, &server.exchange_code(provider, "nonsense", &[]).await, status, words);
        let code = server.code(provider, "mira", &[]).await;
        assert!(server.exchange_code(provider, &code, &[]).await.json()["access_token"].is_string(), "{provider:?}");
        assert_refused(provider, &server.exchange_code(provider, &code, &[]).await, status, words);
    }
}

#[actix_web::test]
async fn redirect_uri_and_verifier_are_checked_everywhere() {
    let server = TestServer::start();
    for provider in oauth2() {
        let status = if provider == SimulatedProvider::Github { 200 } else { 400 };
        for change in [
            ("redirect_uri", "http://127.0.0.1:9/callback"),
            ("code_verifier", "ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf"),
            ("code_verifier", ""),
        ] {
            let code = server.code(provider, "mira", &[]).await;
            assert_refused(provider, &server.exchange_code(provider, &code, &[change]).await, status, "");
        }
    }
}
