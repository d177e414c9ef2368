//! Requests that the simulated providers reject.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;

use super::{
    CHALLENGE, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Reply, SimulatedProvider, TestServer, VERIFIER, basic, text,
};

/// Status and error code of a rejected token request.
fn rejection(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), text(&reply.json(), "error").to_owned())
}

/// Expected status and error code of three providers.
const WORDY: [SimulatedProvider; 3] = [SimulatedProvider::Google, SimulatedProvider::Github, SimulatedProvider::Oidc];

fn words(provider: SimulatedProvider, oidc: &str, google: &str, github: &str) -> (u16, String) {
    match provider {
        SimulatedProvider::Oidc => (400, oidc.to_owned()),
        SimulatedProvider::Google => (400, google.to_owned()),
        _ => (200, github.to_owned()),
    }
}

#[actix_web::test]
async fn wrong_or_missing_verifier_is_rejected() {
    let server = TestServer::start();
    for provider in WORDY {
        for verifier in ["ks02i3jdikdo2k0dkfodf3m39rjfjsdk0wk349rj3jrhf", CHALLENGE, ""] {
            let code = server.code(provider, "mira", &[]).await;
            let answer = server.exchange_code(provider, &code, &[("code_verifier", verifier)]).await;
            let expected = words(provider, "invalid_grant", "invalid_grant", "bad_verification_code");
            assert_eq!(rejection(&answer), expected, "{provider:?} {verifier:?}");
        }
    }
}

#[actix_web::test]
async fn verifier_without_challenge_is_rejected() {
    let server = TestServer::start();
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = server.code(SimulatedProvider::Oidc, "mira", &without).await;
    assert_eq!(rejection(&server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await).1, "invalid_grant");
    let code = server.code(SimulatedProvider::Oidc, "mira", &without).await;
    assert_eq!(
        server.exchange_code(SimulatedProvider::Oidc, &code, &[("code_verifier", "")]).await.status,
        StatusCode::OK
    );
}

#[actix_web::test]
async fn wrong_or_missing_redirect_uri_is_rejected() {
    let server = TestServer::start();
    for provider in WORDY {
        for uri in ["http://127.0.0.1:9/callback", "http://127.0.0.1:9/callback?kept=1&more=1", ""] {
            let code = server.code(provider, "mira", &[]).await;
            let answer = server.exchange_code(provider, &code, &[("redirect_uri", uri)]).await;
            let expected = words(provider, "invalid_grant", "redirect_uri_mismatch", "redirect_uri_mismatch");
            assert_eq!(rejection(&answer), expected, "{provider:?} {uri:?}");
        }
    }
}

#[actix_web::test]
async fn code_works_once() {
    let server = TestServer::start();
    for provider in WORDY {
        let code = server.code(provider, "mira", &[]).await;
        assert!(server.exchange_code(provider, &code, &[]).await.json()["access_token"].is_string());
        let again = server.exchange_code(provider, &code, &[]).await;
        let expected = words(provider, "invalid_grant", "invalid_grant", "bad_verification_code");
        assert_eq!(rejection(&again), expected);
        let other = server.code(provider, "mira", &[]).await;
        server.exchange_code(provider, &other, &[("code_verifier", "wrong")]).await;
        assert_eq!(
            rejection(&server.exchange_code(provider, &other, &[]).await),
            expected,
            "a wrong guess spends it too"
        );
    }
}

#[actix_web::test]
async fn code_expires_after_ten_minutes() {
    let server = TestServer::start();
    let (in_time, late) = (
        server.code(SimulatedProvider::Oidc, "mira", &[]).await,
        server.code(SimulatedProvider::Oidc, "mira", &[]).await,
    );
    server.advance(599);
    assert_eq!(server.exchange_code(SimulatedProvider::Oidc, &in_time, &[]).await.status, StatusCode::OK);
    server.advance(1);
    assert_eq!(rejection(&server.exchange_code(SimulatedProvider::Oidc, &late, &[]).await).1, "invalid_grant");
}

#[actix_web::test]
async fn code_of_another_provider_is_rejected() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Google, "mira", &[]).await;
    assert_eq!(rejection(&server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await).1, "invalid_grant");
}

#[actix_web::test]
async fn wrong_secret_does_not_use_up_the_code() {
    let server = TestServer::start();
    for provider in [SimulatedProvider::Google, SimulatedProvider::Github] {
        let code = server.code(provider, "mira", &[]).await;
        let answer = server.exchange_code(provider, &code, &[("client_secret", "wrong")]).await;
        let expected = match provider {
            SimulatedProvider::Github => (200, "incorrect_client_credentials".to_owned()),
            _ => (401, "invalid_client".to_owned()),
        };
        assert_eq!(rejection(&answer), expected);
        assert!(server.exchange_code(provider, &code, &[]).await.json()["access_token"].is_string());
    }
}

#[actix_web::test]
async fn oidc_accepts_the_secret_in_the_header_only() {
    let server = TestServer::start();
    let url = server.at(SimulatedProvider::Oidc).token;
    let code = server.code(SimulatedProvider::Oidc, "mira", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let in_body = [&form[..], &[("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]].concat();
    let answer = server.send(Method::POST, &url, &[], Some(&in_body)).await;
    assert_eq!(rejection(&answer), (401, "invalid_client".to_owned()));
    let (wrong, right) = (basic("wrong"), basic(CLIENT_SECRET));
    let answer = server.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &wrong)], Some(&form)).await;
    assert_eq!(rejection(&answer), (401, "invalid_client".to_owned()));
    let answer = server.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &right)], Some(&in_body)).await;
    assert_eq!(rejection(&answer), (400, "invalid_request".to_owned()));
    let answer = server.send(Method::POST, &url, &[(AUTHORIZATION.as_str(), &right)], Some(&form)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn google_accepts_the_secret_in_header_or_body() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Google, "mira", &[]).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let right = basic(CLIENT_SECRET);
    let headers = [(AUTHORIZATION.as_str(), right.as_str())];
    let answer = server.send(Method::POST, &server.at(SimulatedProvider::Google).token, &headers, Some(&form)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[actix_web::test]
async fn malformed_request_redirects_with_an_error() {
    let server = TestServer::start();
    for (changes, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("scope", "email profile")], "invalid_scope"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
    ] {
        let reply = server.authorize(SimulatedProvider::Oidc, &[&changes[..], &[("login", "mira")]].concat()).await;
        assert_eq!(reply.param("error").as_deref(), Some(error), "{changes:?}");
        assert_eq!(reply.param("state").as_deref(), Some("st&te=1"));
        assert_eq!((reply.param("iss"), reply.param("code")), (Some(server.at(SimulatedProvider::Oidc).issuer), None));
    }
}

#[actix_web::test]
async fn untrusted_redirect_uri_gets_an_error_page() {
    let server = TestServer::start();
    for changes in [
        ("client_id", "another-client"),
        ("redirect_uri", ""),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "http://127.0.0.1:9/#fragment"),
    ] {
        let reply = server.authorize(SimulatedProvider::Github, &[changes, ("login", "mira")]).await;
        assert!(reply.status.is_client_error() && reply.location.is_none(), "{changes:?}: {}", reply.status);
    }
    let twice = format!("{}&state=other", server.authorize_url(SimulatedProvider::Oidc, &[("login", "mira")]));
    assert_eq!(server.send(Method::GET, &twice, &[], None).await.status, StatusCode::BAD_REQUEST);
}
