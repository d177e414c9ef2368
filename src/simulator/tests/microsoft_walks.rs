//! Microsoft's directory: the tenant in the path, and the tenant of the person.

use actix_web::http::{Method, StatusCode};
use serde_json::json;
use url::Url;

use super::{CHALLENGE, CLIENT_ID, House, RETURN, Reply, Stage, fields, payload, scope, text};
use crate::simulator::{CONSUMER_TENANT, FOREIGN_TENANT, Person, TENANT, TENANT_DOMAIN};

async fn ask(stage: &Stage, house: House, tenant: &str, login: &str) -> Reply {
    let at = stage.simulator.endpoints_in(house, tenant);
    let pairs = [
        ("client_id", CLIENT_ID),
        ("redirect_uri", RETURN),
        ("response_type", "code"),
        ("scope", scope(house)),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("login", login),
    ];
    stage.send(Method::GET, Url::parse_with_params(&at.authorize, pairs).unwrap().as_str(), &[], None).await
}

#[actix_web::test]
async fn a_tenant_admits_its_own_people_only() {
    let stage = Stage::open();
    for house in [House::Azuread, House::Entraid] {
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
            let reply = ask(&stage, house, tenant, login).await;
            assert_eq!(reply.location.is_some(), is_admitted, "{house:?} {tenant} {login}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn the_consent_page_does_not_forget_the_tenant() {
    let stage = Stage::open();
    let page = ask(&stage, House::Entraid, TENANT, "").await;
    for (choice, is_admitted) in [("mira", true), ("jonas", false)] {
        let fields = fields(&page.body);
        let mut form: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        form.push(("choice", choice));
        let reply = stage.send(Method::POST, &stage.simulator.url("/entraid/consent"), &[], Some(&form)).await;
        assert_eq!(reply.location.is_some(), is_admitted, "{choice}: {}", reply.body);
    }
}

#[actix_web::test]
async fn the_issuer_is_of_the_persons_tenant_and_a_template_where_there_are_many() {
    let stage = Stage::open();
    for (login, tenant) in [("mira", TENANT), ("jonas", FOREIGN_TENANT), ("rosa", CONSUMER_TENANT)] {
        let code = stage.code(House::Entraid, login, &[]).await;
        let answer = stage.redeem(House::Entraid, &code, &[]).await.json();
        let claims = payload(text(&answer, "id_token"));
        let issuer = stage.simulator.endpoints_in(House::Entraid, tenant).issuer;
        assert_eq!((&claims["tid"], &claims["iss"]), (&json!(tenant), &json!(issuer)));
        assert_eq!(claims["oid"], Person::find(login).unwrap().object_id());
        let expected = match login {
            "mira" => Some(json!(true)),
            "jonas" => Some(json!(false)),
            _ => None,
        };
        assert_eq!(claims.get("xms_edov"), expected.as_ref(), "{login}");
    }
    assert!(stage.at(House::Entraid).issuer.ends_with("/entraid/{tenantid}/v2.0"));
    let at = stage.simulator.endpoints_in(House::Azuread, TENANT);
    assert!(at.issuer.ends_with(&format!("/azuread/sts/{TENANT}/")), "{}", at.issuer);
    let document = stage.send(Method::GET, at.discovery.as_deref().unwrap(), &[], None).await.json();
    assert_eq!(document["issuer"], at.issuer);
    let nowhere = stage.simulator.endpoints_in(House::Entraid, "nowhere").discovery.unwrap();
    assert_eq!(stage.send(Method::GET, &nowhere, &[], None).await.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn an_account_name_looks_like_an_address_and_is_none() {
    let stage = Stage::open();
    let code = stage.code(House::Azuread, "aiko", &[]).await;
    let answer = stage.redeem(House::Azuread, &code, &[]).await.json();
    let profile = stage.look(&stage.at(House::Azuread).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["upn"], profile.get("email")), (&json!("aikot@contoso.example"), None));
    assert_ne!(profile["sub"], profile["oid"]);
}

#[actix_web::test]
async fn errors_carry_a_number() {
    let stage = Stage::open();
    let code = stage.code(House::Entraid, "mira", &[]).await;
    let refused = stage.redeem(House::Entraid, &code, &[("client_secret", "wrong")]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let body = refused.json();
    assert_eq!((&body["error"], &body["error_codes"]), (&json!("invalid_client"), &json!([7_000_215])));
    assert!(text(&body, "error_description").starts_with("AADSTS7000215: "));
}
