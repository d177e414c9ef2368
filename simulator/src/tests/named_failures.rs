//! What each failure does.

use actix_web::http::StatusCode;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::{CLIENT_ID, Reply, SimulatedProvider, TestServer, payload, text};
use crate::keys::at_hash;
use crate::{Endpoint, Failure, IdTokenFlaw};

const OIDC: SimulatedProvider = SimulatedProvider::Oidc;

async fn token_response(server: &TestServer, failure: Option<Failure>) -> Reply {
    let code = server.code(OIDC, "mira", &[("nonce", "n-1")]).await;
    if let Some(failure) = failure {
        server.simulator.fail_times(OIDC, failure, 1);
    }
    server.exchange_code(OIDC, &code, &[]).await
}

async fn published_keys(server: &TestServer) -> Vec<Value> {
    let url = server.at(OIDC).jwks.unwrap();
    let keys = server.send(actix_web::http::Method::GET, &url, &[], None).await.json();
    keys["keys"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn signatures_have_the_named_flaw() {
    let server = TestServer::start();
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[CLIENT_ID]);
    rules.validate_exp = false;
    let mut verdicts = Vec::new();
    for flaw in [IdTokenFlaw::Signature, IdTokenFlaw::UnknownKey, IdTokenFlaw::NewKey, IdTokenFlaw::Audience] {
        let before = published_keys(&server).await;
        let answer = token_response(&server, Some(Failure::IdToken(flaw))).await.json();
        let token = text(&answer, "id_token");
        let kid = decode_header(token).unwrap().kid.unwrap();
        let after = published_keys(&server).await;
        let key = after.iter().find(|key| key["kid"] == *kid);
        let is_valid = key.map(|key| {
            let key = DecodingKey::from_rsa_components(text(key, "n"), text(key, "e")).unwrap();
            decode::<Value>(token, &key, &rules).is_ok()
        });
        verdicts.push((is_valid, before == after));
    }
    // Whether the signature is valid, if its key is published, and whether the same keys are published as before.
    assert_eq!(published_keys(&server).await.len(), 1, "the new key replaced the others");
    assert_eq!(verdicts, [(Some(false), true), (None, true), (Some(true), false), (Some(false), true)]);

    let answer = token_response(&server, Some(Failure::IdToken(IdTokenFlaw::Unsigned))).await.json();
    assert!(text(&answer, "id_token").starts_with("eyJhbGciOiJub25lIi") && text(&answer, "id_token").ends_with('.'));
    let answer = token_response(&server, Some(Failure::IdToken(IdTokenFlaw::Symmetric))).await.json();
    assert_eq!(decode_header(text(&answer, "id_token")).unwrap().alg, Algorithm::HS256);
}

#[actix_web::test]
async fn claims_have_the_named_flaw() {
    let server = TestServer::start();
    let claims = async |flaw| {
        let answer = token_response(&server, Some(Failure::IdToken(flaw))).await.json();
        (payload(text(&answer, "id_token")), at_hash(text(&answer, "access_token")))
    };
    assert_eq!(claims(IdTokenFlaw::NoNonce).await.0.get("nonce"), None);
    let (claims, hash) = claims(IdTokenFlaw::AccessTokenHash).await;
    assert_ne!(claims["at_hash"], json!(hash));
    let answer = token_response(&server, None).await.json();
    let right = payload(text(&answer, "id_token"));
    assert_eq!((&right["nonce"], &right["at_hash"]), (&json!("n-1"), &json!(at_hash(text(&answer, "access_token")))));
}

#[actix_web::test]
async fn token_responses_lack_or_misstate_what_is_named() {
    let server = TestServer::start();
    let answer = token_response(&server, None).await.json();
    assert_eq!((&answer["expires_in"], &answer["scope"]), (&json!(3600), &json!("openid email profile")));
    assert!(answer["id_token"].is_string());
    let with = async |failure| token_response(&server, Some(failure)).await.json();
    assert_eq!(with(Failure::NoExpiresIn).await.get("expires_in"), None);
    assert_eq!(with(Failure::ExpiresInText).await["expires_in"], "3600");
    assert_eq!(with(Failure::NarrowedScope).await["scope"], "openid email");
    assert_eq!(with(Failure::NoIdToken).await.get("id_token"), None);
    assert_eq!(with(Failure::BadClient).await["error"], "invalid_client");
    let busy = token_response(&server, Some(Failure::TooManyRequests(Endpoint::Token))).await;
    assert_eq!(busy.status, StatusCode::TOO_MANY_REQUESTS);
    let plain = token_response(&server, Some(Failure::WrongContentType(Endpoint::Token))).await;
    assert!(plain.content_type.starts_with("text/plain") && plain.json()["access_token"].is_string());
    assert_eq!(server.simulator.failure(OIDC), None, "each happened once");
}

#[actix_web::test]
async fn authorization_responses_have_the_named_flaw() {
    let server = TestServer::start();
    let with = async |failure| {
        server.simulator.fail_times(OIDC, failure, 1);
        server.authorize(OIDC, &[("login", "mira")]).await
    };
    assert_eq!(with(Failure::Refused).await.param("error").as_deref(), Some("access_denied"));
    let busy = with(Failure::TemporarilyUnavailable).await;
    assert_eq!(busy.param("error").as_deref(), Some("temporarily_unavailable"));
    assert_eq!(with(Failure::OtherState).await.param("state").as_deref(), Some("of-another-sign-in"));
    assert_eq!(with(Failure::OtherResponseIssuer).await.param("iss").as_deref(), Some("https://another-issuer.test"));
    let right = server.authorize(OIDC, &[("login", "mira")]).await;
    assert_eq!((right.param("state").as_deref(), right.param("error")), (Some("st&te=1"), None));
}

#[actix_web::test]
async fn replaced_refresh_token_revokes_the_grant() {
    let server = TestServer::start();
    let google = SimulatedProvider::Google;
    server.simulator.fail(google, Failure::ReuseDetection);
    let code = server.code(google, "mira", &[("access_type", "offline")]).await;
    let first = server.exchange_code(google, &code, &[]).await.json();
    let second = server.refresh(google, text(&first, "refresh_token")).await.json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let profile = async || server.get(&server.at(google).userinfo, text(&second, "access_token")).await.status;
    assert_eq!(profile().await, StatusCode::OK);
    assert_eq!(server.refresh(google, text(&first, "refresh_token")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(server.refresh(google, text(&second, "refresh_token")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(profile().await, StatusCode::UNAUTHORIZED);
    assert_eq!(server.simulator.counts().google.reused_refresh_tokens, 1);
}

#[actix_web::test]
async fn refresh_without_a_new_token_keeps_the_old_one() {
    let server = TestServer::start();
    let discord = SimulatedProvider::Entraid;
    let code = server.code(discord, "mira", &[]).await;
    let first = server.exchange_code(discord, &code, &[]).await.json();
    server.simulator.fail(discord, Failure::NoNewRefreshToken);
    for _ in 0..2 {
        let again = server.refresh(discord, text(&first, "refresh_token")).await;
        assert_eq!((again.status, again.json().get("refresh_token")), (StatusCode::OK, None));
    }
}

#[actix_web::test]
async fn profiles_have_the_named_flaw() {
    let server = TestServer::start();
    let answer = token_response(&server, None).await.json();
    let profile = async || server.get(&server.at(OIDC).userinfo, text(&answer, "access_token")).await;
    let right = profile().await.json();
    assert_eq!((&right["sub"], &right["email_verified"]), (&json!("person:mira"), &json!(true)));
    server.simulator.fail(OIDC, Failure::OtherUser);
    assert_ne!(profile().await.json()["sub"], right["sub"]);
    server.simulator.fail(OIDC, Failure::TextBooleans);
    assert_eq!(profile().await.json()["email_verified"], "true");
    server.simulator.fail_times(OIDC, Failure::TokenExpired, 1);
    assert_eq!(profile().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(profile().await.status, StatusCode::OK);
    server.simulator.fail(OIDC, Failure::Revoked);
    assert_eq!(profile().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.refresh(OIDC, text(&answer, "refresh_token")).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn page_before_return_carries_the_response_once_per_armed_time() {
    let server = TestServer::start();
    server.simulator.fail_times(OIDC, Failure::PageBeforeReturn, 1);
    let page = server.authorize(OIDC, &[("login", "mira")]).await;
    assert_eq!((page.status, page.location.is_none()), (StatusCode::OK, true));
    let link = page.body.split(r#"class="no" href=""#).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let link: url::Url = link.replace("&amp;", "&").parse().unwrap();
    let code = link.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    assert!(server.exchange_code(OIDC, &code, &[]).await.json()["access_token"].is_string());
    assert!(server.authorize(OIDC, &[("login", "mira")]).await.location.is_some());

    // From the consent page a GET leads there, so that a browser can come back to it.
    let consent = server.authorize(OIDC, &[]).await;
    let mut form = super::fields(&consent.body);
    form.push(("choice".to_owned(), "mira".to_owned()));
    let form: Vec<(&str, &str)> = form.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    server.simulator.fail_times(OIDC, Failure::PageBeforeReturn, 1);
    let url = format!("{}/simulator/oidc/consent", server.origin);
    let answer = server.send(actix_web::http::Method::POST, &url, &[], Some(&form)).await;
    let there = answer.location.unwrap();
    assert!((there.path(), answer.status) == ("/simulator/oidc/authorize", StatusCode::SEE_OTHER), "{there}");
    let page = server.send(actix_web::http::Method::GET, there.as_str(), &[], None).await;
    assert!(page.body.contains(r#"data-testid="continue""#), "{}", page.body);
}
