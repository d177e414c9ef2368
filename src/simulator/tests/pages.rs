//! The consent page, the answer of a person, and the counting of calls.

use actix_web::http::{Method, StatusCode};

use super::{House, Stage, fields, oauth2};
use crate::simulator::Calls;

#[actix_web::test]
async fn the_page_carries_the_request_to_the_answer() {
    let stage = Stage::open();
    for house in oauth2() {
        let page = stage.ask(house, &[("state", r#""><b>&amp;"#)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("no data leaves this machine") && !page.body.contains(r#""><b>&amp;"#));
        for person in ["mira", "jonas", "aiko", "rosa"] {
            assert!(page.body.contains(&format!(r#"data-testid="person-{person}""#)), "{person}");
        }
        let fields = fields(&page.body);
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        form.push(("choice", "rosa"));
        let url = format!("{}/simulator/{}/consent", stage.origin, house.name());
        let reply = stage.send(Method::POST, &url, &[], Some(&form)).await;
        let expected = if house == House::Apple { StatusCode::OK } else { StatusCode::SEE_OTHER };
        assert_eq!(reply.status, expected, "{house:?}");
        assert_eq!(reply.sent("state").as_deref(), Some(r#""><b>&amp;"#));
        let answer = stage.redeem(house, &reply.sent("code").unwrap(), &[]).await;
        assert!(answer.json()["access_token"].is_string(), "{house:?}");
    }
}

#[actix_web::test]
async fn whoever_says_no_sends_the_client_an_error() {
    let stage = Stage::open();
    for house in oauth2() {
        let reply = stage.ask(house, &[("login", "deny")]).await;
        let expected = match house {
            House::Apple => "user_cancelled_authorize",
            House::Linkedin => "user_cancelled_login",
            _ => "access_denied",
        };
        assert_eq!(reply.sent("error").as_deref(), Some(expected), "{house:?}");
        assert_eq!(reply.sent("state").as_deref(), Some("st&te=1"));
        let says_issuer = matches!(house, House::Google | House::Github | House::Oidc);
        let issuer = says_issuer.then(|| stage.at(house).issuer);
        assert_eq!((reply.sent("iss"), reply.sent("code")), (issuer, None), "{house:?}");
    }
}

#[actix_web::test]
async fn a_hint_that_names_nobody_shows_the_page() {
    let stage = Stage::open();
    let page = stage.ask(House::Google, &[("login_hint", "mira@example.org")]).await;
    assert_eq!((page.status, page.location), (StatusCode::OK, None));
}

#[actix_web::test]
async fn the_page_allows_no_script_and_forbids_no_redirect() {
    let stage = Stage::open();
    let response = stage.client.get(stage.question(House::Oidc, &[])).send().await.unwrap();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert!(!policy.contains("form-action"), "Chromium would apply it to the redirect: {policy}");
}

#[actix_web::test]
async fn every_call_is_counted_at_its_house() {
    let stage = Stage::open();
    let code = stage.code(House::Oidc, "user-7", &[]).await;
    stage.redeem(House::Oidc, &code, &[]).await;
    stage.redeem(House::Oidc, &code, &[]).await;
    stage.look(&stage.at(House::Oidc).userinfo, "no token").await;
    let counts = stage.simulator.counts();
    assert_eq!(counts.oidc, Calls { authorize: 1, token: 2, userinfo: 1, ..Calls::default() });
    assert_eq!((counts.google, counts.github), (Calls::default(), Calls::default()));
}

#[actix_web::test]
async fn people_with_a_picture_have_one() {
    let stage = Stage::open();
    let picture = stage.send(Method::GET, &stage.simulator.url("/people/mira.svg"), &[], None).await;
    assert_eq!((picture.status, picture.content_type.as_str()), (StatusCode::OK, "image/svg+xml"));
    let none = stage.send(Method::GET, &stage.simulator.url("/people/rosa.svg"), &[], None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_landing_says_what_it_was_brought() {
    let stage = Stage::open();
    let url = format!("{}/simulator/landing?refreshToken=r%26&state=s", stage.origin);
    let reply = stage.send(Method::GET, &url, &[], None).await;
    assert_eq!(reply.json(), serde_json::json!({"refreshToken": "r&", "state": "s"}));
}
