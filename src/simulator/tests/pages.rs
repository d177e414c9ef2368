//! The consent page, the answer of a person, and the counting of calls.

use actix_web::http::{Method, StatusCode};

use super::{House, Stage};
use crate::simulator::Calls;

/// The hidden fields of a consent page, as a browser would send them.
fn fields(page: &str) -> Vec<(String, String)> {
    let unescape =
        |text: &str| text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    page.split(r#"<input type="hidden" name=""#)
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once(r#"" value=""#).unwrap();
            (unescape(name), unescape(rest.split_once('"').unwrap().0))
        })
        .collect()
}

#[actix_web::test]
async fn the_page_carries_the_request_to_the_answer() {
    let stage = Stage::open();
    for house in House::ALL {
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
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        assert_eq!(reply.sent("state").as_deref(), Some(r#""><b>&amp;"#));
        let answer = stage.redeem(house, &reply.sent("code").unwrap(), &[]).await;
        assert!(answer.json()["access_token"].is_string(), "{house:?}");
    }
}

#[actix_web::test]
async fn whoever_says_no_sends_access_denied() {
    let stage = Stage::open();
    for house in House::ALL {
        let reply = stage.ask(house, &[("login", "deny")]).await;
        assert_eq!(reply.sent("error").as_deref(), Some("access_denied"));
        assert!(reply.sent("error_description").is_some_and(|text| !text.is_empty()));
        assert_eq!(reply.sent("state").as_deref(), Some("st&te=1"));
        assert_eq!((reply.sent("iss"), reply.sent("code")), (Some(stage.at(house).issuer), None));
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
