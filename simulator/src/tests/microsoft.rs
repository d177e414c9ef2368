//! Microsoft: the tenant in the path and the tenant of the user.

use actix_web::http::{Method, StatusCode};
use serde_json::json;
use url::Url;

use super::{CHALLENGE, CLIENT_ID, REDIRECT_URI, Reply, SimulatedProvider, TestServer, fields, payload, scope, text};
use crate::{CONSUMER_TENANT, FOREIGN_TENANT, Persona, TENANT, TENANT_DOMAIN};

async fn ask(server: &TestServer, provider: SimulatedProvider, tenant: &str, login: &str) -> Reply {
    let at = server.simulator.endpoints_in(provider, tenant);
    let pairs = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", scope(provider)),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("login", login),
    ];
    server.send(Method::GET, Url::parse_with_params(&at.authorize, pairs).unwrap().as_str(), &[], None).await
}

#[actix_web::test]
async fn tenant_allows_only_its_own_users() {
    let server = TestServer::start();
    for provider in [SimulatedProvider::Azuread, SimulatedProvider::Entraid] {
        for (tenant, login, is_admitted) in [
            ("common", "rosa", true),
            ("organizations", "rosa", false),
            ("organizations", "jonas", true),
            ("consumers", "rosa", true),
            ("consumers", "mira", false),
            (TENANT, "mira", true),
            (TENANT_DOMAIN, "mira", true),
            (TENANT, "jonas", false),
            (FOREIGN_TENANT, "jonas", true),
            ("nowhere", "mira", false),
        ] {
            let reply = ask(&server, provider, tenant, login).await;
            assert_eq!(reply.location.is_some(), is_admitted, "{provider:?} {tenant} {login}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn consent_page_keeps_the_tenant() {
    let server = TestServer::start();
    let page = ask(&server, SimulatedProvider::Entraid, TENANT, "").await;
    for (choice, is_admitted) in [("mira", true), ("jonas", false)] {
        let fields = fields(&page.body);
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        form.push(("choice", choice));
        let reply = server.send(Method::POST, &server.simulator.url("/entraid/consent"), &[], Some(&form)).await;
        assert_eq!(reply.location.is_some(), is_admitted, "{choice}: {}", reply.body);
    }
}

#[actix_web::test]
async fn issuer_names_the_tenant_of_the_user() {
    let server = TestServer::start();
    for (login, tenant) in [("mira", TENANT), ("jonas", FOREIGN_TENANT), ("rosa", CONSUMER_TENANT)] {
        let code = server.code(SimulatedProvider::Entraid, login, &[]).await;
        let answer = server.exchange_code(SimulatedProvider::Entraid, &code, &[]).await.json();
        let claims = payload(text(&answer, "id_token"));
        let issuer = server.simulator.endpoints_in(SimulatedProvider::Entraid, tenant).issuer;
        assert_eq!((&claims["tid"], &claims["iss"]), (&json!(tenant), &json!(issuer)));
        assert_eq!(claims["oid"], Persona::find(login).unwrap().object_id());
        let expected = match login {
            "mira" => Some(json!(true)),
            "jonas" => Some(json!(false)),
            _ => None,
        };
        assert_eq!(claims.get("xms_edov"), expected.as_ref(), "{login}");
    }
    assert!(server.at(SimulatedProvider::Entraid).issuer.ends_with("/entraid/{tenantid}/v2.0"));
    let at = server.simulator.endpoints_in(SimulatedProvider::Azuread, TENANT);
    assert!(at.issuer.ends_with(&format!("/azuread/sts/{TENANT}/")), "{}", at.issuer);
    let document = server.send(Method::GET, at.discovery.as_deref().unwrap(), &[], None).await.json();
    assert_eq!(document["issuer"], at.issuer);
    let nowhere = server.simulator.endpoints_in(SimulatedProvider::Entraid, "nowhere").discovery.unwrap();
    assert_eq!(server.send(Method::GET, &nowhere, &[], None).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn account_name_is_not_an_email() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Azuread, "aiko", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Azuread, &code, &[]).await.json();
    let profile =
        server.get(&server.at(SimulatedProvider::Azuread).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["upn"], profile.get("email")), (&json!("aikot@contoso.example"), None));
    assert_ne!(profile["sub"], profile["oid"]);
}

#[actix_web::test]
async fn microsoft_errors_have_a_number() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Entraid, "mira", &[]).await;
    let rejection = server.exchange_code(SimulatedProvider::Entraid, &code, &[("client_secret", "wrong")]).await;
    assert_eq!(rejection.status, StatusCode::UNAUTHORIZED);
    let body = rejection.json();
    assert_eq!((&body["error"], &body["error_codes"]), (&json!("invalid_client"), &json!([7_000_215])));
    assert!(text(&body, "error_description").starts_with("AADSTS7000215: "));
}
