//! The consent page, its answer, call counts, pictures and the echo page.

use actix_web::http::{Method, StatusCode};

use super::{SimulatedProvider, TestServer, fields, oauth2};
use crate::Calls;

#[actix_web::test]
async fn consent_form_carries_the_whole_request() {
    let server = TestServer::start();
    for provider in oauth2() {
        let page = server.authorize(provider, &[("state", r#""><b>&amp;"#)]).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("no data leaves this machine") && !page.body.contains(r#""><b>&amp;"#));
        for persona in ["mira", "jonas", "aiko", "rosa"] {
            assert!(page.body.contains(&format!(r#"data-testid="person-{persona}""#)), "{persona}");
        }
        let fields = fields(&page.body);
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        form.push(("choice", "rosa"));
        let url = format!("{}/simulator/{}/consent", server.origin, provider.name());
        let reply = server.send(Method::POST, &url, &[], Some(&form)).await;
        let expected = if provider == SimulatedProvider::Apple { StatusCode::OK } else { StatusCode::SEE_OTHER };
        assert_eq!(reply.status, expected, "{provider:?}");
        assert_eq!(reply.param("state").as_deref(), Some(r#""><b>&amp;"#));
        let answer = server.exchange_code(provider, &reply.param("code").unwrap(), &[]).await;
        assert!(answer.json()["access_token"].is_string(), "{provider:?}");
    }
}

#[actix_web::test]
async fn denial_redirects_with_an_error() {
    let server = TestServer::start();
    for provider in oauth2() {
        let reply = server.authorize(provider, &[("login", "deny")]).await;
        let expected = match provider {
            SimulatedProvider::Apple => "user_cancelled_authorize",
            SimulatedProvider::Linkedin => "user_cancelled_login",
            _ => "access_denied",
        };
        assert_eq!(reply.param("error").as_deref(), Some(expected), "{provider:?}");
        assert_eq!(reply.param("state").as_deref(), Some("st&te=1"));
        let sends_issuer =
            matches!(provider, SimulatedProvider::Google | SimulatedProvider::Github | SimulatedProvider::Oidc);
        let issuer = sends_issuer.then(|| server.at(provider).issuer);
        assert_eq!((reply.param("iss"), reply.param("code")), (issuer, None), "{provider:?}");
    }
}

#[actix_web::test]
async fn unknown_login_hint_shows_the_page() {
    let server = TestServer::start();
    let page = server.authorize(SimulatedProvider::Google, &[("login_hint", "mira@example.org")]).await;
    assert_eq!((page.status, page.location), (StatusCode::OK, None));
}

#[actix_web::test]
async fn consent_page_csp_allows_no_script() {
    let server = TestServer::start();
    let response = server.client.get(server.authorize_url(SimulatedProvider::Oidc, &[])).send().await.unwrap();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("script-src"), "{policy}");
    assert!(!policy.contains("form-action"), "Chromium would apply it to the redirect: {policy}");
}

#[actix_web::test]
async fn calls_are_counted_per_provider() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Oidc, "user-7", &[]).await;
    server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await;
    server.exchange_code(SimulatedProvider::Oidc, &code, &[]).await;
    server.get(&server.at(SimulatedProvider::Oidc).userinfo, "no token").await;
    let counts = server.simulator.counts();
    assert_eq!(counts.oidc, Calls { authorize: 1, token: 2, userinfo: 1, reused_codes: 1, ..Calls::default() });
    assert_eq!((counts.google, counts.github), (Calls::default(), Calls::default()));
}

#[actix_web::test]
async fn personas_with_a_picture_have_one() {
    let server = TestServer::start();
    let picture = server.send(Method::GET, &server.simulator.url("/people/mira.svg"), &[], None).await;
    assert_eq!((picture.status, picture.content_type.as_str()), (StatusCode::OK, "image/svg+xml"));
    let consent = server.authorize(SimulatedProvider::Google, &[]).await.body;
    assert!(
        consent.contains(r#"src="/simulator/people/mira.svg""#) && !consent.contains("people/rosa.svg"),
        "{consent}"
    );
    let none = server.send(Method::GET, &server.simulator.url("/people/rosa.svg"), &[], None).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn echo_returns_the_query() {
    let server = TestServer::start();
    let url = format!("{}/simulator/echo?refreshToken=r%26&state=s", server.origin);
    let reply = server.send(Method::GET, &url, &[], None).await;
    assert_eq!(reply.json(), serde_json::json!({"refreshToken": "r&", "state": "s"}));
}
