//! Token rules, answers that are late, and the ledger.

use std::cell::Cell;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use serde_json::json;

use super::{SimulatedProvider, TestServer, text};
use crate::{Endpoint, Failure, GrantRecord, TokenRules};

const GOOGLE: SimulatedProvider = SimulatedProvider::Google;

async fn granted(server: &TestServer) -> String {
    let code = server.code(GOOGLE, "mira", &[("access_type", "offline")]).await;
    let answer = server.exchange_code(GOOGLE, &code, &[]).await.json();
    assert_eq!(answer["expires_in"], json!(5));
    text(&answer, "refresh_token").to_owned()
}

fn start() -> TestServer {
    let server = TestServer::start();
    let rules = TokenRules { expires_in: Some(5), revoke_on_reuse: true, hold_answers_ms: 0 };
    server.simulator.set_token_rules(GOOGLE, rules);
    server
}

#[actix_web::test]
async fn ledger_tells_refreshes_reuse_and_revocation_of_each_grant() {
    let server = start();
    let (kept, lost) = (granted(&server).await, granted(&server).await);
    server.simulator.fail(GOOGLE, Failure::TooManyRequests(Endpoint::Token));
    assert_eq!(server.refresh(GOOGLE, &kept).await.status, StatusCode::TOO_MANY_REQUESTS);
    server.simulator.recover(GOOGLE);
    let second = server.refresh(GOOGLE, &kept).await.json();
    assert_eq!(server.refresh(GOOGLE, text(&second, "refresh_token")).await.status, StatusCode::OK);
    for status in [StatusCode::OK, StatusCode::BAD_REQUEST] {
        assert_eq!(server.refresh(GOOGLE, &lost).await.status, status);
    }
    let mut grants = server.simulator.grants(GOOGLE);
    grants.sort_by_key(|grant| grant.revoked);
    let told = |grant: &GrantRecord| (grant.person.clone(), grant.refreshes, grant.reused, grant.revoked);
    let mira = || "mira".to_owned();
    assert_eq!(grants.iter().map(told).collect::<Vec<_>>(), [(mira(), 2, 0, false), (mira(), 1, 1, true)]);
    server.simulator.reset();
    assert_eq!((server.simulator.grants(GOOGLE), server.simulator.token_rules(GOOGLE)), (Vec::new(), None));
}

#[actix_web::test]
async fn access_token_expires_when_the_rules_say() {
    let server = start();
    let answer = server.refresh(GOOGLE, &granted(&server).await).await.json();
    let profile = async || server.get(&server.at(GOOGLE).userinfo, text(&answer, "access_token")).await.status;
    assert_eq!(profile().await, StatusCode::OK);
    server.advance(5);
    assert_eq!(profile().await, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn held_answer_comes_after_its_time() {
    let server = start();
    let token = granted(&server).await;
    let rules = TokenRules { hold_answers_ms: 250, ..server.simulator.token_rules(GOOGLE).unwrap() };
    server.simulator.set_token_rules(GOOGLE, rules);
    let began = Instant::now();
    assert_eq!(server.refresh(GOOGLE, &token).await.status, StatusCode::OK);
    assert!(began.elapsed() >= Duration::from_millis(250));
}

#[actix_web::test]
async fn late_answer_is_of_a_request_that_was_processed() {
    let server = start();
    let first = granted(&server).await;
    server.simulator.fail(GOOGLE, Failure::LateAnswer(Endpoint::Token));
    let is_answered = Cell::new(false);
    let call = async {
        let reply = server.refresh(GOOGLE, &first).await;
        is_answered.set(true);
        reply
    };
    let release = async {
        while server.simulator.grants(GOOGLE)[0].refreshes == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!is_answered.get());
        server.simulator.release(GOOGLE);
    };
    let (reply, ()) = tokio::join!(call, release);
    assert_eq!(reply.status, StatusCode::OK);
}
