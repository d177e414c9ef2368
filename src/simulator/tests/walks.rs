//! One walk through every house: from the question to the profile, and on to the refresh where there is one.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{House, Reply, Stage, oauth2, payload, text};
use crate::simulator::Person;

/// What the fact sheet says a refresh does to the refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refresh {
    Never,
    Silent,
    Same,
    Beside,
    Instead,
}

/// How a house tells of a person: what to add to the address of the profile, where the id is in it, where the
/// address is and where the name, and what a refresh does.
fn shape(house: House) -> (&'static str, &'static str, &'static str, &'static str, Refresh) {
    match house {
        House::Apple => ("", "/sub", "/email", "", Refresh::Silent),
        House::Github => ("", "/id", "", "/name", Refresh::Never),
        House::Google => ("", "/sub", "/email", "/name", Refresh::Silent),
        House::Linkedin => ("", "/sub", "/email", "/name", Refresh::Same),
        House::Discord => ("", "/id", "/email", "/global_name", Refresh::Instead),
        House::Spotify => ("", "/id", "/email", "/display_name", Refresh::Silent),
        House::Twitch => ("", "/data/0/id", "/data/0/email", "", Refresh::Beside),
        House::Gitlab => ("", "/id", "/email", "/name", Refresh::Instead),
        House::Bitbucket => ("", "/uuid", "", "/display_name", Refresh::Instead),
        House::Workos => ("", "/id", "/email", "/name", Refresh::Never),
        House::Azuread => ("", "/oid", "/email", "/name", Refresh::Beside),
        House::Entraid => ("", "/sub", "/email", "/name", Refresh::Beside),
        House::Strava => ("", "/id", "", "", Refresh::Instead),
        House::Facebook => ("?fields=id,name,email,picture", "/id", "/email", "/name", Refresh::Never),
        House::Windowslive => ("", "/id", "/emails/preferred", "/name", Refresh::Beside),
        House::X => (
            "?user.fields=confirmed_email,profile_image_url",
            "/data/id",
            "/data/confirmed_email",
            "/data/name",
            Refresh::Instead,
        ),
        House::Oidc => ("", "/sub", "/email", "/name", Refresh::Instead),
        House::Twitter => unreachable!("it has a walk of its own"),
    }
}

async fn profile(stage: &Stage, house: House, answer: &Value) -> Value {
    if house == House::Apple {
        return payload(text(answer, "id_token"));
    }
    let url = format!("{}{}", stage.at(house).userinfo, shape(house).0);
    let reply = stage.look(&url, text(answer, "access_token")).await;
    assert_eq!(reply.status, StatusCode::OK, "{house:?}: {}", reply.body);
    reply.json()
}

#[actix_web::test]
async fn every_house_lets_mira_in_and_tells_who_she_is() {
    let stage = Stage::open();
    for house in oauth2() {
        let code = stage.code(house, "mira", &[("access_type", "offline")]).await;
        let reply = stage.redeem(house, &code, &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{house:?}: {}", reply.body);
        assert!(reply.content_type.starts_with("application/json"), "{house:?}");
        let profile = profile(&stage, house, &reply.json()).await;
        let (_, id, email, name, _) = shape(house);
        let at = |pointer: &str| profile.pointer(pointer).unwrap_or(&Value::Null);
        let found = at(id).as_str().map_or_else(|| at(id).to_string(), str::to_owned);
        let mira = Person::find("mira").unwrap();
        assert_eq!(found, mira.subject(house), "{house:?}");
        if !email.is_empty() {
            assert_eq!(*at(email), json!("mira@example.org"), "{house:?}");
        }
        if !name.is_empty() {
            assert_eq!(*at(name), json!("Mira Okafor"), "{house:?}");
        }
        let calls = stage.simulator.counts().of(house);
        assert_eq!((calls.authorize, calls.token), (1, 1), "{house:?}");
    }
}

#[actix_web::test]
async fn nobody_is_told_an_address_of_aiko_or_a_picture_of_rosa() {
    let stage = Stage::open();
    for house in oauth2() {
        for (person, secret) in [("aiko", "@example"), ("rosa", "/people/rosa.svg"), ("aiko", "\"email_verified\":t")] {
            let code = stage.code(house, person, &[]).await;
            let answer = stage.redeem(house, &code, &[]).await.json();
            let profile = profile(&stage, house, &answer).await.to_string();
            assert!(!profile.contains(secret), "{house:?} {person}: {profile}");
        }
    }
}

#[actix_web::test]
async fn refresh_tokens_live_as_long_as_they_do_at_the_real_houses() {
    let stage = Stage::open();
    for house in oauth2() {
        let code = stage.code(house, "mira", &[("access_type", "offline")]).await;
        let first = stage.redeem(house, &code, &[]).await.json();
        let kind = shape(house).4;
        let Some(token) = first["refresh_token"].as_str() else {
            assert_eq!(kind, Refresh::Never, "{house:?}");
            let refused = stage.refresh(house, "anything").await;
            assert!(refused.json().get("access_token").is_none(), "{house:?}");
            continue;
        };
        assert_ne!(kind, Refresh::Never, "{house:?}");
        let second = stage.refresh(house, token).await;
        assert_eq!(second.status, StatusCode::OK, "{house:?}: {}", second.body);
        let second = second.json();
        assert_ne!(first["access_token"], second["access_token"], "{house:?}");
        profile(&stage, house, &second).await;
        let successor = second["refresh_token"].as_str();
        match kind {
            Refresh::Silent => assert_eq!(successor, None, "{house:?}"),
            Refresh::Same => assert_eq!(successor, Some(token), "{house:?}"),
            _ => assert!(successor.is_some_and(|successor| successor != token), "{house:?}"),
        }
        let again = stage.refresh(house, token).await;
        assert_eq!(again.status == StatusCode::OK, kind != Refresh::Instead, "{house:?}: {}", again.body);
        if let Some(successor) = successor {
            assert_eq!(stage.refresh(house, successor).await.status, StatusCode::OK, "{house:?}");
        }
    }
}

/// What a bad code is answered with: the status, and what is in the body.
fn bad_code(house: House) -> (u16, &'static str) {
    let words = match house {
        House::Github => return (200, "bad_verification_code"),
        House::Linkedin => "Unable to retrieve access token",
        House::Discord => r#"Invalid \"code\" in request."#,
        House::Spotify | House::Twitch => "Invalid authorization code",
        House::Bitbucket => "The specified code is not valid.",
        House::Azuread | House::Entraid => "AADSTS70008: ",
        House::Strava => r#""resource":"AuthorizationCode""#,
        House::Facebook => r#""type":"OAuthException""#,
        House::Windowslive => "The provided value for the 'code' parameter is not valid.",
        House::X => "Value passed for the authorization code was invalid.",
        _ => "invalid_grant",
    };
    (400, words)
}

fn assert_refused(house: House, reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status.as_u16(), status, "{house:?}: {}", reply.body);
    assert!(reply.body.contains(words) && !reply.body.contains("access_token\":\""), "{house:?}: {}", reply.body);
}

#[actix_web::test]
async fn every_house_takes_a_code_once_and_says_so_in_its_own_words() {
    let stage = Stage::open();
    for house in oauth2() {
        let (status, words) = bad_code(house);
        assert_refused(house, &stage.redeem(house, "nonsense", &[]).await, status, words);
        let code = stage.code(house, "mira", &[]).await;
        assert!(stage.redeem(house, &code, &[]).await.json()["access_token"].is_string(), "{house:?}");
        assert_refused(house, &stage.redeem(house, &code, &[]).await, status, words);
    }
}

#[actix_web::test]
async fn every_house_holds_the_redirect_uri_and_the_verifier_against_the_question() {
    let stage = Stage::open();
    for house in oauth2() {
        let status = if house == House::Github { 200 } else { 400 };
        for change in [
            ("redirect_uri", "http://127.0.0.1:9/callback"),
            ("code_verifier", "ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf"),
            ("code_verifier", ""),
        ] {
            let code = stage.code(house, "mira", &[]).await;
            assert_refused(house, &stage.redeem(house, &code, &[change]).await, status, "");
        }
    }
}
