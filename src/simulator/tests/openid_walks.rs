//! From the question to the profile at the two OpenID houses.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::{CLIENT_ID, House, NOW, RETURN, Stage, VERIFIER, text};
use crate::simulator::keys::at_hash;

/// The claims of an identity token, after its signature, issuer and audience held against what is published.
async fn proven(stage: &Stage, house: House, id_token: &str) -> Value {
    let endpoints = stage.at(house);
    let published = stage.send(Method::GET, &endpoints.jwks.unwrap(), &[], None).await;
    let keys: JwkSet = serde_json::from_str(&published.body).unwrap();
    let key = keys.find(&decode_header(id_token).unwrap().kid.unwrap()).expect("the key is published");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[endpoints.issuer]);
    rules.set_audience(&[CLIENT_ID]);
    // The library reads the machine's clock; these tests have one of their own.
    rules.validate_exp = false;
    decode::<Value>(id_token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap().claims
}

#[actix_web::test]
async fn google_tells_the_profile_in_the_identity_token() {
    let stage = Stage::open();
    let asked = stage.ask(House::Google, &[("login", "mira"), ("nonce", "n-1")]).await;
    assert_eq!(asked.status, StatusCode::FOUND);
    assert_eq!(asked.sent("state").as_deref(), Some("st&te=1"));
    assert_eq!(asked.sent("kept").as_deref(), Some("1"));
    assert_eq!(asked.sent("iss"), Some(stage.at(House::Google).issuer));
    assert_eq!(asked.sent("authuser").as_deref(), Some("0"));

    let answer = stage.redeem(House::Google, &asked.sent("code").unwrap(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = answer.json();
    assert_eq!(answer["expires_in"], 3599);
    assert_eq!(answer.get("refresh_token"), None, "nobody asked for offline access");
    let claims = proven(&stage, House::Google, text(&answer, "id_token")).await;
    let expected = json!({
        "iss": stage.at(House::Google).issuer,
        "azp": CLIENT_ID,
        "aud": CLIENT_ID,
        "sub": "104477889900112233445",
        "email": "mira@example.org",
        "email_verified": true,
        "name": "Mira Okafor",
        "given_name": "Mira",
        "family_name": "Okafor",
        "picture": stage.simulator.url("/people/mira.svg"),
        "nonce": "n-1",
        "at_hash": at_hash(text(&answer, "access_token")),
        "iat": NOW,
        "exp": NOW + 3600,
    });
    assert_eq!(claims, expected);
    let profile = stage.look(&stage.at(House::Google).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["sub"], &profile["email"]), (&claims["sub"], &claims["email"]));
}

#[actix_web::test]
async fn the_plain_house_keeps_the_profile_for_its_userinfo_endpoint() {
    let stage = Stage::open();
    let endpoints = stage.at(House::Oidc);
    let discovery = stage.send(Method::GET, endpoints.discovery.as_deref().unwrap(), &[], None).await.json();
    assert_eq!(discovery["issuer"], json!(endpoints.issuer));
    assert_eq!(discovery["authorization_endpoint"], json!(endpoints.authorize));
    assert_eq!(discovery["authorization_response_iss_parameter_supported"], true);

    let code = stage.code(House::Oidc, "jonas", &[("nonce", "n-2")]).await;
    let answer = stage.redeem(House::Oidc, &code, &[]).await.json();
    let claims = proven(&stage, House::Oidc, text(&answer, "id_token")).await;
    assert_eq!((&claims["sub"], &claims["nonce"], claims.get("email")), (&json!("person:jonas"), &json!("n-2"), None));
    let profile = stage.look(&endpoints.userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["sub"], &profile["email_verified"]), (&claims["sub"], &json!(false)));
    assert_eq!(profile["locale"], "de");
}

#[actix_web::test]
async fn a_scope_that_was_not_asked_for_tells_nothing() {
    let stage = Stage::open();
    let code = stage.code(House::Oidc, "mira", &[("scope", "openid")]).await;
    let answer = stage.redeem(House::Oidc, &code, &[]).await.json();
    let profile = stage.look(&stage.at(House::Oidc).userinfo, text(&answer, "access_token")).await;
    assert_eq!(profile.json(), json!({ "sub": "person:mira" }));
}

#[actix_web::test]
async fn missing_things_look_like_the_real_houses_have_them() {
    let stage = Stage::open();
    for (login, house, missing) in [
        ("aiko", House::Google, "email"),
        ("aiko", House::Google, "email_verified"),
        ("rosa", House::Google, "name"),
        ("rosa", House::Google, "picture"),
    ] {
        let code = stage.code(house, login, &[]).await;
        let answer = stage.redeem(house, &code, &[]).await.json();
        let claims = proven(&stage, house, text(&answer, "id_token")).await;
        assert_eq!(claims.get(missing), None, "{login} {missing}");
    }
    let code = stage.code(House::Oidc, "rosa", &[]).await;
    let answer = stage.redeem(House::Oidc, &code, &[]).await.json();
    let profile = stage.look(&stage.at(House::Oidc).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((profile.get("name"), profile.get("picture")), (Some(&Value::Null), Some(&Value::Null)));
}

#[actix_web::test]
async fn a_refresh_token_of_the_plain_house_works_once_and_leaves_a_successor() {
    let stage = Stage::open();
    let code = stage.code(House::Oidc, "mira", &[]).await;
    let first = stage.redeem(House::Oidc, &code, &[]).await.json();
    stage.clock.advance(Duration::from_secs(3600));
    let expired = stage.look(&stage.at(House::Oidc).userinfo, text(&first, "access_token")).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);

    let second = stage.refresh(House::Oidc, text(&first, "refresh_token")).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let profile = stage.look(&stage.at(House::Oidc).userinfo, text(&second, "access_token")).await;
    assert_eq!(profile.json()["email"], "mira@example.org");
    let again = stage.refresh(House::Oidc, text(&first, "refresh_token")).await;
    assert_eq!((again.status, &again.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    assert_eq!(stage.refresh(House::Oidc, text(&second, "refresh_token")).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_refresh_token_of_google_stays_until_it_is_revoked() {
    let stage = Stage::open();
    let code = stage.code(House::Google, "mira", &[("access_type", "offline")]).await;
    let first = stage.redeem(House::Google, &code, &[]).await.json();
    let token = text(&first, "refresh_token");
    for _ in 0..2 {
        let answer = stage.refresh(House::Google, token).await.json();
        assert!(answer["access_token"].is_string() && answer.get("refresh_token").is_none());
    }
    let revoke = stage.at(House::Google).revoke.unwrap();
    assert_eq!(stage.send(Method::POST, &revoke, &[], Some(&[("token", token)])).await.status, StatusCode::OK);
    assert_eq!(stage.refresh(House::Google, token).await.status, StatusCode::BAD_REQUEST);
    let profile = stage.look(&stage.at(House::Google).userinfo, text(&first, "access_token")).await;
    assert_eq!(profile.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_restart_between_consent_and_token_call_loses_nobody() {
    let stage = Stage::open();
    let code = stage.code(House::Oidc, "mira", &[]).await;
    let form =
        [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", RETURN), ("code_verifier", VERIFIER)];
    let url = format!("{}/restarted/oidc/token", stage.origin);
    let answer = stage.call_token(House::Oidc, &url, &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let profile = stage.look(&stage.at(House::Oidc).userinfo, text(&answer.json(), "access_token")).await;
    assert_eq!(profile.json()["sub"], "person:mira");
}

#[actix_web::test]
async fn after_a_rotation_new_tokens_name_a_new_key_and_old_ones_still_verify() {
    let stage = Stage::open();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let code = stage.code(House::Oidc, "mira", &[]).await;
        tokens.push(text(&stage.redeem(House::Oidc, &code, &[]).await.json(), "id_token").to_owned());
        stage.simulator.rotate_keys();
    }
    let kids: Vec<_> = tokens.iter().map(|token| decode_header(token).unwrap().kid).collect();
    assert_ne!(kids[0], kids[1]);
    proven(&stage, House::Oidc, &tokens[1]).await;
}
