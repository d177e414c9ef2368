//! From the question to the addresses at the simulated GitHub.

use actix_web::http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use actix_web::http::{Method, StatusCode};
use serde_json::json;
use url::form_urlencoded;

use super::{CLIENT_ID, CLIENT_SECRET, House, RETURN, Stage, VERIFIER, text};

#[actix_web::test]
async fn github_tells_addresses_apart_from_the_profile() {
    let stage = Stage::open();
    let asked = stage.ask(House::Github, &[("login", "mira")]).await;
    assert_eq!(asked.sent("iss"), Some(format!("{}/simulator/github/login/oauth", stage.origin)));
    let answer = stage.redeem(House::Github, &asked.sent("code").unwrap(), &[]).await.json();
    assert_eq!((text(&answer, "scope"), text(&answer, "token_type")), ("user:email,read:user", "bearer"));
    assert_eq!((answer.get("expires_in"), answer.get("refresh_token")), (None, None));

    let endpoints = stage.at(House::Github);
    let user = stage.look(&endpoints.userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&user["id"], &user["name"], &user["email"]), (&json!(48_215_533), &json!("Mira Okafor"), &json!(null)));
    let emails = stage.look(&endpoints.emails.unwrap(), text(&answer, "access_token")).await.json();
    let chosen: Vec<_> = emails.as_array().unwrap().iter().filter(|entry| entry["primary"] == true).collect();
    assert_eq!((chosen.len(), text(chosen[0], "email")), (1, "mira@example.org"));
}

#[actix_web::test]
async fn github_answers_with_a_form_unless_json_is_accepted() {
    let stage = Stage::open();
    let code = stage.code(House::Github, "aiko", &[]).await;
    let form = [
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("code", code.as_str()),
        ("redirect_uri", RETURN),
        ("code_verifier", VERIFIER),
    ];
    let token = stage.at(House::Github).token;
    let answer = stage.send(Method::POST, &token, &[(ACCEPT.as_str(), "*/*")], Some(&form)).await;
    assert!(answer.content_type.starts_with("application/x-www-form-urlencoded"), "{}", answer.content_type);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(answer.body.as_bytes()).into_owned().collect();
    assert!(pairs.iter().any(|(key, value)| key == "access_token" && value.starts_with("gho_")), "{pairs:?}");

    let again = stage.send(Method::POST, &token, &[(ACCEPT.as_str(), "*/*")], Some(&form)).await;
    assert_eq!(again.status, StatusCode::OK, "GitHub refuses with 200");
    assert!(again.body.contains("error=bad_verification_code"), "{}", again.body);
    let json = stage.redeem(House::Github, &code, &[]).await;
    assert_eq!((json.status, text(&json.json(), "error")), (StatusCode::OK, "bad_verification_code"));
}

#[actix_web::test]
async fn github_wants_a_user_agent_a_bearer_header_and_the_scope() {
    let stage = Stage::open();
    let code = stage.code(House::Github, "aiko", &[("scope", "read:user")]).await;
    let answer = stage.redeem(House::Github, &code, &[]).await.json();
    let token = text(&answer, "access_token");
    let (user, emails) = (stage.at(House::Github).userinfo, stage.at(House::Github).emails.unwrap());

    let bearer = format!("Bearer {token}");
    let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (USER_AGENT.as_str(), "")];
    let nameless = stage.send(Method::GET, &user, &headers, None).await;
    assert_eq!(nameless.status, StatusCode::FORBIDDEN);
    let in_query = format!("{user}?access_token={token}");
    let in_query = stage.send(Method::GET, &in_query, &[(USER_AGENT.as_str(), "tests")], None).await;
    assert_eq!((in_query.status, text(&in_query.json(), "message")), (StatusCode::UNAUTHORIZED, "Bad credentials"));
    assert_eq!(stage.look(&user, token).await.status, StatusCode::OK);
    assert_eq!(stage.look(&emails, token).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn somebody_without_an_address_has_an_empty_list() {
    let stage = Stage::open();
    let code = stage.code(House::Github, "aiko", &[]).await;
    let answer = stage.redeem(House::Github, &code, &[]).await.json();
    let emails = stage.look(&stage.at(House::Github).emails.unwrap(), text(&answer, "access_token")).await;
    assert_eq!((emails.status, emails.json()), (StatusCode::OK, json!([])));
}
