//! Leaving: a provider is unlinked, a person is erased, and what was kept goes back to where it came from.

use serde_json::Value;
use vouchsafe::Vouchsafe;
use vouchsafe::domain::id::UserId;
use vouchsafe::simulator::{Failure, House, Place};

use crate::browser::{Answer, Browser};
use crate::town::{Ground, Node, Town, parameter};

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::Postgres];

/// Mira with Google and, connected to it, Jonas' GitHub account; answers her session.
async fn with_two_providers(town: &Town, node: &Node) -> Value {
    let mut browser = Browser::new();
    let session = node.session(&mut browser, "google", "mira").await;
    let token = session["accessToken"].as_str().expect("a token");
    town.wait(1);
    let target = node.sign_in(&mut browser, "github", &format!("connect={token}"), "jonas").await;
    assert_eq!(parameter(&target, "error"), None, "{target}");
    session
}

async fn ask(node: &Node, method: &str, path: &str, session: &Value) -> Answer {
    let bearer = format!("Bearer {}", session["accessToken"].as_str().expect("a token"));
    Browser::new().send(method, &format!("{}{path}", node.base), &[("Authorization", &bearer)], Vec::new()).await
}

/// Waits until the simulator counted so many revocations; it always gets there, or the test's time is over.
async fn until_revoked(town: &Town, house: House, count: u64) {
    while town.simulator.counts().of(house).revoke < count {
        actix_web::rt::task::yield_now().await;
    }
}

async fn until_empty(town: &Town) {
    while town.count("revocations").await > 0 {
        actix_web::rt::task::yield_now().await;
    }
}

#[actix_web::test]
async fn an_unlinked_provider_is_gone_and_gets_its_tokens_back() {
    for ground in GROUNDS {
        let Some(town) = Town::on(ground) else { continue };
        let node = town.node().await;
        let session = with_two_providers(&town, &node).await;
        let listed = ask(&node, "GET", "/user/providers", &session).await.json();
        let names: Vec<_> =
            listed["providers"].as_array().expect("a list").iter().map(|one| one["provider"].clone()).collect();
        assert_eq!(names, ["google", "github"]);
        assert_eq!(listed["providers"][0]["email"], "mira@example.org");
        assert_eq!(listed["providers"][1]["email"], "jonas@example.net");

        let answer = ask(&node, "DELETE", "/user/providers/github", &session).await;
        assert_eq!((answer.status, answer.json()), (200, "OK".into()));
        until_revoked(&town, House::Github, 1).await;
        until_empty(&town).await;
        assert_eq!((town.count("identities").await, town.count("vault_entries").await), (1, 1));
        let taken = node.tokens(&Browser::new(), "github", &session).await;
        taken.assert_error(400, "invalid-request");
        assert_eq!(node.tokens(&Browser::new(), "google", &session).await.status, 200, "the other one stays");
        // Jonas is a stranger again.
        let jonas = node.session(&mut Browser::new(), "github", "jonas").await;
        assert_ne!(jonas["user"]["id"], session["user"]["id"]);
        assert_eq!(town.simulator.counts().of(House::Google).revoke, 0);
    }
}

#[actix_web::test]
async fn the_last_way_in_stays_and_so_does_what_is_not_there() {
    let town = Town::new();
    let node = town.node().await;
    let session = with_two_providers(&town, &node).await;
    ask(&node, "DELETE", "/user/providers/oidc", &session).await.assert_error(404, "invalid-request");
    ask(&node, "DELETE", "/user/providers/nobody", &session).await.assert_error(400, "invalid-request");
    ask(&node, "GET", "/user/providers/google", &session).await.assert_error(405, "invalid-request");
    let stranger = serde_json::json!({"accessToken": "x"});
    ask(&node, "DELETE", "/user/providers/google", &stranger).await.assert_error(401, "invalid-request");
    ask(&node, "GET", "/user/providers", &stranger).await.assert_error(401, "invalid-request");
    assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
    let refused = ask(&node, "DELETE", "/user/providers/github", &session).await;
    refused.assert_error(409, "invalid-request");
    assert_eq!(town.count("identities").await, 1);
    assert_eq!(node.tokens(&Browser::new(), "github", &session).await.status, 200, "nothing was given back");
}

#[actix_web::test]
async fn of_two_that_are_unlinked_at_once_one_stays() {
    for ground in GROUNDS {
        let Some(town) = Town::on(ground) else { continue };
        let (first, second) = (town.node().await, town.node().await);
        for round in 0..5 {
            let session = with_two_providers(&town, &first).await;
            let answers = futures_util::future::join(
                ask(&first, "DELETE", "/user/providers/google", &session),
                ask(&second, "DELETE", "/user/providers/github", &session),
            )
            .await;
            let mut statuses = [answers.0.status, answers.1.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{ground:?} round {round}");
            town.execute("DELETE FROM users").await;
        }
    }
}

#[actix_web::test]
async fn a_provider_that_is_down_gets_its_tokens_when_it_is_up_again() {
    for ground in GROUNDS {
        let Some(town) = Town::on(ground) else { continue };
        let node = town.node().await;
        let session = with_two_providers(&town, &node).await;
        town.simulator.fail(House::Google, Failure::ServerError(Place::Revoke));
        assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
        until_revoked(&town, House::Google, 1).await;
        // Tried once, written down for later, and the person does not wait for it.
        while town.query("SELECT COUNT(*) FROM revocations WHERE next_at = 1800000061000").await == 0 {
            actix_web::rt::task::yield_now().await;
        }
        drop(node);
        town.simulator.heal(House::Google);
        town.wait(3600);
        let _other = town.node().await;
        until_empty(&town).await;
        assert_eq!(town.simulator.counts().of(House::Google).revoke, 2);
    }
}

#[actix_web::test]
async fn a_node_without_the_key_leaves_what_is_to_be_given_back_to_others() {
    let town = Town::new();
    let node = town.node().await;
    let session = with_two_providers(&town, &node).await;
    town.simulator.fail(House::Google, Failure::ServerError(Place::Revoke));
    assert_eq!(ask(&node, "DELETE", "/user/providers/google", &session).await.status, 200);
    while town.query("SELECT COUNT(*) FROM revocations WHERE next_at = 1800000061000").await == 0 {
        actix_web::rt::task::yield_now().await;
    }
    drop(node);
    town.simulator.heal(House::Google);
    town.wait(3600);
    let stranger = town.node_with(&format!("[[keys.vault]]\nid = 'other'\nkey = '{}'", "3".repeat(64))).await;
    // Its lease is over five minutes later, and then whoever has the key is asked.
    while town.query("SELECT COUNT(*) FROM revocations WHERE attempts < 2").await > 0 {
        actix_web::rt::task::yield_now().await;
    }
    drop(stranger);
    town.wait(301);
    let _other = town.node().await;
    until_empty(&town).await;
    assert_eq!(town.simulator.counts().of(House::Google).revoke, 2);
}

#[actix_web::test]
async fn an_erased_person_leaves_nothing_behind() {
    let town = Town::new();
    let node = town.node().await;
    let session = with_two_providers(&town, &node).await;
    let vouchsafe: Vouchsafe = town.build(town.settings(&node.base, "")).await;
    let id = UserId(session["user"]["id"].as_str().expect("an id").parse().expect("a UUID"));
    assert!(vouchsafe.erase(id).await.expect("erased"));
    assert!(!vouchsafe.erase(id).await.expect("answered"), "there is nobody any more");
    for table in ["users", "identities", "sessions", "user_roles", "vault_entries"] {
        assert_eq!(town.count(table).await, 0, "{table}");
    }
    assert_eq!(town.count("revocations").await, 2);
    ask(&node, "GET", "/user", &session).await.assert_error(401, "invalid-email-password");
    let refresh_token = session["refreshToken"].as_str().expect("a token");
    node.refresh(&Browser::new(), refresh_token).await.assert_error(401, "invalid-refresh-token");
    let _sweeping = town.node().await;
    until_empty(&town).await;
    let counts = town.simulator.counts();
    assert_eq!((counts.of(House::Google).revoke, counts.of(House::Github).revoke), (1, 1));
}
