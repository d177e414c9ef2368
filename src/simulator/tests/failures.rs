//! Trouble on demand.

use std::cell::Cell;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use serde_json::json;

use super::{House, Stage, text};
use crate::simulator::{Failure, Place};

#[actix_web::test]
async fn an_endpoint_fails_until_it_is_healed_and_nothing_else_does() {
    let stage = Stage::open();
    let code = stage.code(House::Discord, "mira", &[]).await;
    stage.simulator.fail(House::Discord, Failure::ServerError(Place::Token));
    assert_eq!(stage.redeem(House::Discord, &code, &[]).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    let elsewhere = stage.code(House::Spotify, "mira", &[]).await;
    assert_eq!(stage.redeem(House::Spotify, &elsewhere, &[]).await.status, StatusCode::OK);
    stage.simulator.heal(House::Discord);
    let answer = stage.redeem(House::Discord, &code, &[]).await;
    assert_eq!(answer.status, StatusCode::OK, "the code was not looked at");
    stage.simulator.fail(House::Discord, Failure::MalformedJson(Place::Userinfo));
    let profile = stage.look(&stage.at(House::Discord).userinfo, text(&answer.json(), "access_token")).await;
    assert_eq!((profile.status, profile.content_type.as_str()), (StatusCode::OK, "application/json"));
    assert!(serde_json::from_str::<serde_json::Value>(&profile.body).is_err());
    assert_eq!(stage.simulator.counts().discord.token, 2, "a call that fails counts");
}

#[actix_web::test]
async fn addresses_may_be_closed_while_the_profile_is_open() {
    let stage = Stage::open();
    for house in [House::Github, House::Bitbucket] {
        stage.simulator.fail(house, Failure::Forbidden(Place::Emails));
        let code = stage.code(house, "mira", &[]).await;
        let answer = stage.redeem(house, &code, &[]).await.json();
        for (url, status) in [(stage.at(house).userinfo, 200), (stage.at(house).emails.unwrap(), 403)] {
            let reply = stage.look(&url, text(&answer, "access_token")).await;
            assert_eq!(reply.status.as_u16(), status, "{house:?} {url}");
        }
    }
}

#[actix_web::test]
async fn codes_and_refresh_tokens_are_refused_on_demand() {
    let stage = Stage::open();
    let code = stage.code(House::Spotify, "mira", &[]).await;
    let answer = stage.redeem(House::Spotify, &code, &[]).await.json();
    let token = text(&answer, "refresh_token");
    stage.simulator.fail(House::Spotify, Failure::RefreshRefused);
    let refused = stage.refresh(House::Spotify, token).await.json();
    assert_eq!(refused["error_description"], "Invalid refresh token");
    stage.simulator.fail(House::Spotify, Failure::BadCode);
    assert_eq!(stage.refresh(House::Spotify, token).await.status, StatusCode::OK, "one trouble at a time");
    let code = stage.code(House::Spotify, "mira", &[]).await;
    let refused = stage.redeem(House::Spotify, &code, &[]).await.json();
    assert_eq!(refused, json!({ "error": "invalid_grant", "error_description": "Invalid authorization code" }));
}

#[actix_web::test]
async fn a_slow_house_answers_when_it_is_released_and_not_before() {
    let stage = Stage::open();
    let url = stage.at(House::Google).discovery.unwrap();
    stage.simulator.fail(House::Google, Failure::Slow(Place::Discovery));
    for round in 1..=2 {
        let is_answered = Cell::new(false);
        let call = async {
            let reply = stage.send(Method::GET, &url, &[], None).await;
            is_answered.set(true);
            reply
        };
        let open_the_door = async {
            while stage.simulator.counts().google.discovery < round {
                tokio::task::yield_now().await;
            }
            // Whoever came later is served meanwhile.
            assert_eq!(stage.ask(House::Discord, &[("login", "mira")]).await.status, StatusCode::FOUND);
            assert!(!is_answered.get(), "round {round}");
            if round == 1 { stage.simulator.release(House::Google) } else { stage.simulator.heal(House::Google) }
        };
        let (reply, ()) = futures_util::future::join(call, open_the_door).await;
        assert_eq!(reply.status, StatusCode::OK);
    }
}

#[actix_web::test]
async fn a_slow_house_outlasts_the_patience_of_a_client() {
    let stage = Stage::open();
    stage.simulator.fail(House::Google, Failure::Slow(Place::Discovery));
    let url = stage.at(House::Google).discovery.unwrap();
    let reply = stage.client.get(&url).timeout(Duration::from_millis(50)).send().await;
    assert!(reply.is_err(), "{reply:?}");
    stage.simulator.heal(House::Google);
    assert_eq!(stage.send(Method::GET, &url, &[], None).await.status, StatusCode::OK);
}
