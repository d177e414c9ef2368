//! GitHub: token response, profile and emails.

use actix_web::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::{CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, SimulatedProvider, TestServer, VERIFIER, text};

#[actix_web::test]
async fn github_emails_are_separate_from_the_profile() {
    let server = TestServer::start();
    let asked = server.authorize(SimulatedProvider::Github, &[("login", "mira")]).await;
    assert_eq!(asked.param("iss"), Some(format!("{}/simulator/github/login/oauth", server.origin)));
    let answer = server.exchange_code(SimulatedProvider::Github, &asked.param("code").unwrap(), &[]).await.json();
    assert_eq!((text(&answer, "scope"), text(&answer, "token_type")), ("user:email,read:user", "bearer"));
    assert_eq!((answer.get("expires_in"), answer.get("refresh_token")), (None, None));

    let endpoints = server.at(SimulatedProvider::Github);
    let user = server.get(&endpoints.userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&user["id"], &user["name"], &user["email"]), (&json!(48_215_533), &json!("Mira Okafor"), &json!(null)));
    let emails = server.get(&endpoints.emails.unwrap(), text(&answer, "access_token")).await.json();
    let chosen: Vec<_> = emails.as_array().unwrap().iter().filter(|entry| entry["primary"] == true).collect();
    assert_eq!((chosen.len(), text(chosen[0], "email")), (1, "mira@example.org"));
}

#[actix_web::test]
async fn github_token_response_is_a_form_by_default() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Github, "aiko", &[]).await;
    let form = [
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let token = server.at(SimulatedProvider::Github).token;
    let answer = server.send(Method::POST, &token, &[(ACCEPT.as_str(), "*/*")], Some(&form)).await;
    assert!(answer.content_type.starts_with("application/x-www-form-urlencoded"), "{}", answer.content_type);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(answer.body.as_bytes()).into_owned().collect();
    assert!(pairs.iter().any(|(key, value)| key == "access_token" && value.starts_with("gho_")), "{pairs:?}");

    let again = server.send(Method::POST, &token, &[(ACCEPT.as_str(), "*/*")], Some(&form)).await;
    assert_eq!(again.status, StatusCode::OK, "GitHub refuses with 200");
    assert!(again.body.contains("error=bad_verification_code"), "{}", again.body);
    let json = server.exchange_code(SimulatedProvider::Github, &code, &[]).await;
    assert_eq!((json.status, text(&json.json(), "error")), (StatusCode::OK, "bad_verification_code"));
}

#[actix_web::test]
async fn github_requires_user_agent_bearer_and_scope() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Github, "aiko", &[("scope", "read:user")]).await;
    let answer = server.exchange_code(SimulatedProvider::Github, &code, &[]).await.json();
    let token = text(&answer, "access_token");
    let (user, emails) =
        (server.at(SimulatedProvider::Github).userinfo, server.at(SimulatedProvider::Github).emails.unwrap());

    let bearer = format!("Bearer {token}");
    let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (USER_AGENT.as_str(), "")];
    let nameless = server.send(Method::GET, &user, &headers, None).await;
    assert_eq!(nameless.status, StatusCode::FORBIDDEN);
    let in_query = format!("{user}?access_token={token}");
    let in_query = server.send(Method::GET, &in_query, &[(USER_AGENT.as_str(), "tests")], None).await;
    assert_eq!((in_query.status, text(&in_query.json(), "message")), (StatusCode::UNAUTHORIZED, "Bad credentials"));
    assert_eq!(server.get(&user, token).await.status, StatusCode::OK);
    assert_eq!(server.get(&emails, token).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn github_user_without_email_has_an_empty_list() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Github, "aiko", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Github, &code, &[]).await.json();
    let emails = server.get(&server.at(SimulatedProvider::Github).emails.unwrap(), text(&answer, "access_token")).await;
    assert_eq!((emails.status, emails.json()), (StatusCode::OK, json!([])));
}
