//! What the simulated providers do not let pass.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;

use super::{CHALLENGE, CLIENT_ID, CLIENT_SECRET, House, RETURN, Reply, Stage, VERIFIER, basic, text};

/// Status and error word of a refused token call.
fn refused(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), text(&reply.json(), "error").to_owned())
}

/// The houses whose words are held against the real ones letter by letter.
const WORDY: [House; 3] = [House::Google, House::Github, House::Oidc];

fn words(house: House, oidc: &str, google: &str, github: &str) -> (u16, String) {
    match house {
        House::Oidc => (400, oidc.to_owned()),
        House::Google => (400, google.to_owned()),
        _ => (200, github.to_owned()),
    }
}

#[actix_web::test]
async fn a_wrong_verifier_or_none_gets_nothing() {
    let stage = Stage::open();
    for house in WORDY {
        for verifier in ["ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf", CHALLENGE, ""] {
            let code = stage.code(house, "mira", &[]).await;
            let answer = stage.redeem(house, &code, &[("code_verifier", verifier)]).await;
            let expected = words(house, "invalid_grant", "invalid_grant", "bad_verification_code");
            assert_eq!(refused(&answer), expected, "{house:?} {verifier:?}");
        }
    }
}

#[actix_web::test]
async fn a_verifier_without_a_challenge_means_that_the_challenge_was_taken_out() {
    let stage = Stage::open();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = stage.code(House::Oidc, "mira", &without).await;
    assert_eq!(refused(&stage.redeem(House::Oidc, &code, &[]).await).1, "invalid_grant");
    let code = stage.code(House::Oidc, "mira", &without).await;
    assert_eq!(stage.redeem(House::Oidc, &code, &[("code_verifier", "")]).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn another_redirect_uri_or_none_gets_nothing() {
    let stage = Stage::open();
    for house in WORDY {
        for uri in ["http://127.0.0.1:9/callback", "http://127.0.0.1:9/callback?kept=1&more=1", ""] {
            let code = stage.code(house, "mira", &[]).await;
            let answer = stage.redeem(house, &code, &[("redirect_uri", uri)]).await;
            let expected = words(house, "invalid_grant", "redirect_uri_mismatch", "redirect_uri_mismatch");
            assert_eq!(refused(&answer), expected, "{house:?} {uri:?}");
        }
    }
}

#[actix_web::test]
async fn a_code_is_spent_by_its_first_presentation() {
    let stage = Stage::open();
    for house in WORDY {
        let code = stage.code(house, "mira", &[]).await;
        assert!(stage.redeem(house, &code, &[]).await.json()["access_token"].is_string());
        let again = stage.redeem(house, &code, &[]).await;
        let expected = words(house, "invalid_grant", "invalid_grant", "bad_verification_code");
        assert_eq!(refused(&again), expected);
        let other = stage.code(house, "mira", &[]).await;
        stage.redeem(house, &other, &[("code_verifier", "wrong")]).await;
        assert_eq!(refused(&stage.redeem(house, &other, &[]).await), expected, "a wrong guess spends it too");
    }
}

#[actix_web::test]
async fn a_code_lives_ten_minutes() {
    let stage = Stage::open();
    let (in_time, late) = (stage.code(House::Oidc, "mira", &[]).await, stage.code(House::Oidc, "mira", &[]).await);
    stage.clock.advance(Duration::from_secs(599));
    assert_eq!(stage.redeem(House::Oidc, &in_time, &[]).await.status, StatusCode::OK);
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(refused(&stage.redeem(House::Oidc, &late, &[]).await).1, "invalid_grant");
}

#[actix_web::test]
async fn a_code_of_another_house_is_worth_nothing() {
    let stage = Stage::open();
    let code = stage.code(House::Google, "mira", &[]).await;
    assert_eq!(refused(&stage.redeem(House::Oidc, &code, &[]).await).1, "invalid_grant");
}

#[actix_web::test]
async fn a_wrong_secret_gets_nothing_and_spends_nothing() {
    let stage = Stage::open();
    for house in [House::Google, House::Github] {
        let code = stage.code(house, "mira", &[]).await;
        let answer = stage.redeem(house, &code, &[("client_secret", "wrong")]).await;
        let expected = match house {
            House::Github => (200, "incorrect_client_credentials".to_owned()),
            _ => (401, "invalid_client".to_owned()),
        };
        assert_eq!(refused(&answer), expected);
        assert!(stage.redeem(house, &code, &[]).await.json()["access_token"].is_string());
    }
}

#[actix_web::test]
async fn the_plain_house_takes_the_secret_in_the_header_only() {
    let stage = Stage::open();
    let url = stage.at(House::Oidc).token;
    let code = stage.code(House::Oidc, "mira", &[]).await;
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", RETURN), ("code_verifier", VERIFIER)];
    let in_body = [&form[..], &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]].concat();
    let answer = stage.send(Method::POST, &url, &[], Some(&in_body)).await;
    assert_eq!(refused(&answer), (401, "invalid_client".to_owned()));
    let (wrong, right) = (basic("wrong"), basic(CLIENT_SECRET));
    let answer = stage.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &wrong)], Some(&form)).await;
    assert_eq!(refused(&answer), (401, "invalid_client".to_owned()));
    let answer = stage.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &right)], Some(&in_body)).await;
    assert_eq!(refused(&answer), (400, "invalid_request".to_owned()));
    let answer = stage.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &right)], Some(&form)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn google_takes_the_secret_in_the_header_too() {
    let stage = Stage::open();
    let code = stage.code(House::Google, "mira", &[]).await;
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", RETURN), ("code_verifier", VERIFIER)];
    let right = basic(CLIENT_SECRET);
    let headers = [(AUTHORIZATION.as_str(), right.as_str())];
    let answer = stage.send(Method::POST, &stage.at(House::Google).token, &headers, Some(&form)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_question_that_is_not_well_formed_is_sent_back_with_its_error() {
    let stage = Stage::open();
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "email profile")], "invalid_scope"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
    ] {
        let reply = stage.ask(House::Oidc, &[&changes[..], &[("login", "mira")]].concat()).await;
        assert_eq!(reply.sent("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(reply.sent("state").as_deref(), Some("st&te=1"));
        assert_eq!((reply.sent("iss"), reply.sent("code")), (Some(stage.at(House::Oidc).issuer), None));
    }
}

#[actix_web::test]
async fn nothing_is_sent_to_an_address_that_cannot_be_trusted() {
    let stage = Stage::open();
    for changes in [
        ("client_id", "somebody-else"),
        ("redirect_uri", ""),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "http://127.0.0.1:9/#fragment"),
    ] {
        let reply = stage.ask(House::Github, &[changes, ("login", "mira")]).await;
        assert!(reply.status.is_client_error() && reply.location.is_none(), "{changes:?}: {}", reply.status);
    }
    let twice = format!("{}&state=other", stage.question(House::Oidc, &[("login", "mira")]));
    assert_eq!(stage.send(Method::GET, &twice, &[], None).await.status, StatusCode::BAD_REQUEST);
}
