//! Personas with unusual profiles, and registered ones.

use super::{SimulatedProvider, TestServer, oauth2, payload, text};
use crate::Persona;

#[test]
fn account_stays_when_its_email_changes() {
    let (before, after) = (Persona::find("tess").unwrap(), Persona::find("tess-moved").unwrap());
    for provider in SimulatedProvider::ALL {
        assert_eq!(before.subject(provider), after.subject(provider), "{provider:?}");
    }
    assert_ne!(before.email, after.email);
    let (mira, mallory) = (Persona::find("mira").unwrap(), Persona::find("mallory").unwrap());
    assert_eq!((mira.email, mallory.email_verified), (mallory.email, false));
}

#[actix_web::test]
async fn every_persona_can_sign_in_everywhere() {
    let server = TestServer::start();
    for persona in Persona::all() {
        for provider in oauth2() {
            let reply = server.authorize(provider, &[("login", &persona.id)]).await;
            let code = reply.param("code").unwrap_or_else(|| panic!("{provider:?} {}: {}", persona.id, reply.body));
            let answer = server.exchange_code(provider, &code, &[]).await.json();
            assert!(answer["access_token"].is_string(), "{provider:?} {}: {answer}", persona.id);
        }
    }
}

#[actix_web::test]
async fn registered_persona_replaces_the_earlier_one() {
    let server = TestServer::start();
    let oidc = SimulatedProvider::Oidc;
    let mut mira = Persona::find("mira").unwrap();
    mira.email = None;
    server.simulator.put_persona(mira);
    assert_eq!(server.simulator.persona("mira").unwrap().email, None);
    let mut kim = Persona::new("kim", "Kim");
    server.simulator.put_persona(kim.clone());
    let code = server.code(oidc, "kim", &[]).await;
    let answer = server.exchange_code(oidc, &code, &[]).await.json();
    let email =
        async || server.get(&server.at(oidc).userinfo, text(&answer, "access_token")).await.json()["email"].clone();
    assert_eq!(email().await, "kim@example.org");
    kim.email = Some("kim@example.net".into());
    server.simulator.put_persona(kim);
    assert_eq!(email().await, "kim@example.net");
    assert!(server.authorize(oidc, &[]).await.body.contains("person-kim"));
    server.simulator.reset();
    assert!(server.authorize(oidc, &[("login", "kim")]).await.location.is_none());
}

#[actix_web::test]
async fn relay_address_is_called_private() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Apple, "noor", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Apple, &code, &[]).await.json();
    assert_eq!(payload(text(&answer, "id_token"))["is_private_email"], true);
}
