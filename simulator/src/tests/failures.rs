//! Fault injection.

use std::cell::Cell;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use super::{SimulatedProvider, TestServer, text};
use crate::{Endpoint, Failure};

#[actix_web::test]
async fn failure_affects_one_endpoint_until_recovery() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Discord, "mira", &[]).await;
    server.simulator.fail(SimulatedProvider::Discord, Failure::ServerError(Endpoint::Token));
    assert_eq!(
        server.exchange_code(SimulatedProvider::Discord, &code, &[]).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    let elsewhere = server.code(SimulatedProvider::Spotify, "mira", &[]).await;
    assert_eq!(server.exchange_code(SimulatedProvider::Spotify, &elsewhere, &[]).await.status, StatusCode::OK);
    server.simulator.recover(SimulatedProvider::Discord);
    let answer = server.exchange_code(SimulatedProvider::Discord, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "the code was not looked at");
    server.simulator.fail(SimulatedProvider::Discord, Failure::MalformedJson(Endpoint::Userinfo));
    let profile =
        server.get(&server.at(SimulatedProvider::Discord).userinfo, text(&answer.json(), "access_token")).await;
    assert_eq!((profile.status, profile.content_type.as_str()), (StatusCode::OK, "application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&profile.body).is_err());
    assert_eq!(server.simulator.counts().discord.token, 2, "a call that fails counts");
}

#[actix_web::test]
async fn forbidden_emails_leave_the_profile_readable() {
    let server = TestServer::start();
    for provider in [SimulatedProvider::Github, SimulatedProvider::Bitbucket] {
        server.simulator.fail(provider, Failure::Forbidden(Endpoint::Emails));
        let code = server.code(provider, "mira", &[]).await;
        let answer = server.exchange_code(provider, &code, &[]).await.json();
        for (url, status) in [(server.at(provider).userinfo, 200), (server.at(provider).emails.unwrap(), 403)] {
            let reply = server.get(&url, text(&answer, "access_token")).await;
            assert_eq!(reply.status.as_u16(), status, "{provider:?} {url}");
        }
    }
}

#[actix_web::test]
async fn codes_and_refresh_tokens_fail_on_demand() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Spotify, "mira", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Spotify, &code, &[]).await.json();
    let token = text(&answer, "refresh_token");
    server.simulator.fail(SimulatedProvider::Spotify, Failure::RefreshRefused);
    let rejection = server.refresh(SimulatedProvider::Spotify, token).await.json();
    assert_eq!(rejection["error_description"], "Invalid refresh token");
    server.simulator.fail(SimulatedProvider::Spotify, Failure::BadCode);
    assert_eq!(server.refresh(SimulatedProvider::Spotify, token).await.status, StatusCode::OK, "one trouble at a time");
    let code = server.code(SimulatedProvider::Spotify, "mira", &[]).await;
    let rejection = server.exchange_code(SimulatedProvider::Spotify, &code, &[]).await.json();
    assert_eq!(rejection, json!({ "error": "invalid_grant", "error_description": "Invalid authorization code" }));
}

#[actix_web::test]
async fn slow_endpoint_answers_only_when_released() {
    let server = TestServer::start();
    let url = server.at(SimulatedProvider::Google).discovery.unwrap();
    server.simulator.fail(SimulatedProvider::Google, Failure::Slow(Endpoint::Discovery));
    for round in 1..=2 {
        let is_answered = Cell::new(false);
        let call = async {
            let reply = server.send(Method::GET, &url, &[], None).await;
            is_answered.set(true);
            reply
        };
        let release = async {
            while server.simulator.counts().google.discovery < round {
                tokio::task::yield_now().await;
            }
            // Calls to other providers are answered meanwhile.
            assert_eq!(
                server.authorize(SimulatedProvider::Discord, &[("login", "mira")]).await.status,
                StatusCode::FOUND
            );
            assert!(!is_answered.get(), "round {round}");
            if round == 1 {
                server.simulator.release(SimulatedProvider::Google)
            } else {
                server.simulator.recover(SimulatedProvider::Google)
            }
        };
        let (reply, ()) = tokio::join!(call, release);
        assert_eq!(reply.status, StatusCode::OK);
    }
}

#[actix_web::test]
async fn slow_endpoint_outlasts_the_client_timeout() {
    let server = TestServer::start();
    server.simulator.fail(SimulatedProvider::Google, Failure::Slow(Endpoint::Discovery));
    let url = server.at(SimulatedProvider::Google).discovery.unwrap();
    let reply = server.client.get(&url).timeout(Duration::from_millis(50)).send().await;
    assert!(reply.is_err(), "{reply:?}");
    server.simulator.recover(SimulatedProvider::Google);
    assert_eq!(server.send(Method::GET, &url, &[], None).await.status, StatusCode::OK);
}
