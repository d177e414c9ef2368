//! Google and the plain OpenID provider.

use actix_web::http::{Method, StatusCode};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::{CLIENT_ID, NOW, REDIRECT_URI, SimulatedProvider, TestServer, VERIFIER, text};
use crate::keys::at_hash;

/// The claims of an `id_token` after verification against the published key, issuer and audience.
async fn proven(server: &TestServer, provider: SimulatedProvider, id_token: &str) -> Value {
    let endpoints = server.at(provider);
    let published = server.send(Method::GET, &endpoints.jwks.unwrap(), &[], None).await;
    let keys: JwkSet = serde_json::from_str(&published.body).unwrap();
    let key = keys.find(&decode_header(id_token).unwrap().kid.unwrap()).expect("the key is published");
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[endpoints.issuer]);
    rules.set_audience(&[CLIENT_ID]);
    // The library uses the system clock, these tests a clock of their own.
    rules.validate_exp = false;
    decode::<Value>(id_token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap().claims
}

#[actix_web::test]
async fn google_id_token_has_the_profile() {
    let server = TestServer::start();
    let asked = server.authorize(SimulatedProvider::Google, &[("login", "mira"), ("nonce", "n-1")]).await;
    assert_eq!(asked.status, StatusCode::FOUND);
    assert_eq!(asked.param("state").as_deref(), Some("st&te=1"));
    assert_eq!(asked.param("kept").as_deref(), Some("1"));
    assert_eq!(asked.param("iss"), Some(server.at(SimulatedProvider::Google).issuer));
    assert_eq!(asked.param("authuser").as_deref(), Some("0"));

    let answer = server.exchange_code(SimulatedProvider::Google, &asked.param("code").unwrap(), &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = answer.json();
    assert_eq!(answer["expires_in"], 3599);
    assert_eq!(answer.get("refresh_token"), None, "offline access was not requested");
    let claims = proven(&server, SimulatedProvider::Google, text(&answer, "id_token")).await;
    let expected = json!({
        "iss": server.at(SimulatedProvider::Google).issuer,
        "azp": CLIENT_ID,
        "aud": CLIENT_ID,
        "sub": "104477889900112233445",
        "email": "mira@example.org",
        "email_verified": true,
        "name": "Mira Okafor",
        "given_name": "Mira",
        "family_name": "Okafor",
        "picture": server.simulator.url("/people/mira.svg"),
        "nonce": "n-1",
        "at_hash": at_hash(text(&answer, "access_token")),
        "iat": NOW,
        "exp": NOW + 3600,
    });
    assert_eq!(claims, expected);
    let profile =
        server.get(&server.at(SimulatedProvider::Google).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["sub"], &profile["email"]), (&claims["sub"], &claims["email"]));
}

#[actix_web::test]
async fn oidc_profile_is_only_at_userinfo() {
    let server = TestServer::start();
    let endpoints = server.at(SimulatedProvider::Oidc);
    let discovery = server.send(Method::GET, endpoints.discovery.as_deref().unwrap(), &[], None).await.json();
    assert_eq!(discovery["issuer"], json!(endpoints.issuer));
    assert_eq!(discovery["authorization_endpoint"], json!(endpoints.authorize));
    assert_eq!(discovery["authorization_response_iss_parameter_supported"], true);

    let code = server.code(SimulatedProvider::Oidc, "jonas", &[("nonce", "n-2")]).await;
    let answer = server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await.json();
    let claims = proven(&server, SimulatedProvider::Oidc, text(&answer, "id_token")).await;
    assert_eq!((&claims["sub"], &claims["nonce"], claims.get("email")), (&json!("person:jonas"), &json!("n-2"), None));
    let profile = server.get(&endpoints.userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["sub"], &profile["email_verified"]), (&claims["sub"], &json!(false)));
    assert_eq!(profile["locale"], "de");
}

#[actix_web::test]
async fn claims_follow_the_granted_scope() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Oidc, "mira", &[("scope", "openid")]).await;
    let answer = server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await.json();
    let profile = server.get(&server.at(SimulatedProvider::Oidc).userinfo, text(&answer, "access_token")).await;
    assert_eq!(profile.json(), json!({ "sub": "person:mira" }));
}

#[actix_web::test]
async fn missing_values_look_as_at_the_provider() {
    let server = TestServer::start();
    for (login, provider, missing) in [
        ("aiko", SimulatedProvider::Google, "email"),
        ("aiko", SimulatedProvider::Google, "email_verified"),
        ("rosa", SimulatedProvider::Google, "name"),
        ("rosa", SimulatedProvider::Google, "picture"),
    ] {
        let code = server.code(provider, login, &[]).await;
        let answer = server.exchange_code(provider, &code, &[]).await.json();
        let claims = proven(&server, provider, text(&answer, "id_token")).await;
        assert_eq!(claims.get(missing), None, "{login} {missing}");
    }
    let code = server.code(SimulatedProvider::Oidc, "rosa", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await.json();
    let profile = server.get(&server.at(SimulatedProvider::Oidc).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((profile.get("name"), profile.get("picture")), (Some(&Value::Null), Some(&Value::Null)));
}

#[actix_web::test]
async fn oidc_refresh_token_rotates() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Oidc, "mira", &[]).await;
    let first = server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await.json();
    server.advance(3600);
    let expired = server.get(&server.at(SimulatedProvider::Oidc).userinfo, text(&first, "access_token")).await;
    assert_eq!(expired.status, StatusCode::UNAUTHORIZED);

    let second = server.refresh(SimulatedProvider::Oidc, text(&first, "refresh_token")).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let profile = server.get(&server.at(SimulatedProvider::Oidc).userinfo, text(&second, "access_token")).await;
    assert_eq!(profile.json()["email"], "mira@example.org");
    let again = server.refresh(SimulatedProvider::Oidc, text(&first, "refresh_token")).await;
    assert_eq!((again.status, &again.json()["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    assert_eq!(server.refresh(SimulatedProvider::Oidc, text(&second, "refresh_token")).await.status, StatusCode::OK);
}

#[actix_web::test]
async fn google_refresh_token_works_until_revoked() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Google, "mira", &[("access_type", "offline")]).await;
    let first = server.exchange_code(SimulatedProvider::Google, &code, &[]).await.json();
    let token = text(&first, "refresh_token");
    for _ in 0..2 {
        let answer = server.refresh(SimulatedProvider::Google, token).await.json();
        assert!(answer["access_token"].is_string() && answer.get("refresh_token").is_none());
    }
    let revoke = server.at(SimulatedProvider::Google).revoke.unwrap();
    assert_eq!(server.send(Method::POST, &revoke, &[], Some(&[("token", token)])).await.status, StatusCode::OK);
    assert_eq!(server.refresh(SimulatedProvider::Google, token).await.status, StatusCode::BAD_REQUEST);
    let profile = server.get(&server.at(SimulatedProvider::Google).userinfo, text(&first, "access_token")).await;
    assert_eq!(profile.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn codes_survive_a_restart() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Oidc, "mira", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let url = format!("{}/restarted/oidc/token", server.origin);
    let answer = server.call_token(SimulatedProvider::Oidc, &url, &form, &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let profile = server.get(&server.at(SimulatedProvider::Oidc).userinfo, text(&answer.json(), "access_token")).await;
    assert_eq!(profile.json()["sub"], "person:mira");
}

#[actix_web::test]
async fn key_rotation_keeps_the_previous_key_published() {
    let server = TestServer::start();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let code = server.code(SimulatedProvider::Oidc, "mira", &[]).await;
        tokens
            .push(text(&server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await.json(), "id_token").to_owned());
        server.simulator.rotate_keys();
    }
    let kids: Vec<_> = tokens.iter().map(|token| decode_header(token).unwrap().kid).collect();
    assert_ne!(kids[0], kids[1]);
    proven(&server, SimulatedProvider::Oidc, &tokens[1]).await;
}
