//! The audit trail: who did what, from where, in which flow, and how it ended.

use serde_json::{Value, json};
use vouchsafe::domain::id::UserId;

use crate::browser::Browser;
use crate::town::{Ground, Node, Town, parameter};

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::Postgres];

async fn lines(town: &Town, which: &str) -> i64 {
    town.query(&format!("SELECT COUNT(*) FROM audit_events WHERE {which}")).await
}

async fn delete(node: &Node, path: &str, session: &Value) {
    let bearer = format!("Bearer {}", session["accessToken"].as_str().expect("a token"));
    let url = format!("{}{path}", node.base);
    let answer = Browser::new().send("DELETE", &url, &[("Authorization", &bearer)], Vec::new()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[actix_web::test]
async fn everything_that_changes_who_may_do_what_leaves_a_line() {
    for ground in GROUNDS {
        let Some(town) = Town::on(ground) else { continue };
        let node = town.node().await;
        let mut browser = Browser::new();
        let session = node.session(&mut browser, "google", "mira").await;
        let id = session["user"]["id"].as_str().expect("an id").to_owned();
        let mine = |which: &str| format!("user_id = {} AND {which}", literal(ground, &id));
        let whole = "outcome = 'done' AND address = '127.0.0.1' AND LENGTH(flow) = 16";
        assert_eq!(lines(&town, &mine(&format!("action = 'sign-up' AND provider = 'google' AND {whole}"))).await, 1);
        node.session(&mut browser, "google", "mira").await;
        assert_eq!(lines(&town, &mine(&format!("action = 'sign-in' AND session_id IS NOT NULL AND {whole}"))).await, 1);

        let token = session["accessToken"].as_str().expect("a token");
        node.sign_in(&mut browser, "github", &format!("connect={token}"), "jonas").await;
        assert_eq!(lines(&town, &mine(&format!("action = 'link' AND provider = 'github' AND {whole}"))).await, 1);
        let target = node.sign_in(&mut browser, "github", &format!("connect={token}"), "jonas").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("provider-account-already-linked"));
        assert_eq!(lines(&town, &mine("action = 'link' AND outcome = 'the identity is linked already'")).await, 1);

        assert_eq!(node.tokens(&browser, "github", &session).await.status, 200);
        assert_eq!(node.tokens(&browser, "github", &session).await.status, 400);
        assert_eq!(lines(&town, &mine("action = 'fetch' AND provider = 'github' AND outcome = 'done'")).await, 1);
        delete(&node, "/user/providers/github", &session).await;
        assert_eq!(lines(&town, &mine("action = 'unlink' AND provider = 'github' AND outcome = 'done'")).await, 1);

        let first = session["refreshToken"].as_str().expect("a token");
        assert_eq!(node.refresh(&browser, first).await.status, 200);
        town.wait(11);
        assert_eq!(node.refresh(&browser, first).await.status, 401);
        assert_eq!(node.refresh(&browser, first).await.status, 401);
        assert_eq!(lines(&town, &mine("action = 'reuse' AND outcome = 'the session was ended'")).await, 1);

        let other = node.session(&mut browser, "google", "mira").await;
        for _ in 0..2 {
            let body = json!({"refreshToken": other["refreshToken"]});
            browser.post_json(&format!("{}/signout", node.base), &body).await;
        }
        assert_eq!(lines(&town, &mine("action = 'sign-out' AND outcome = 'done'")).await, 1);
        let body = json!({"all": true});
        let token = other["accessToken"].as_str().expect("a token");
        browser.post_json_as(&format!("{}/signout", node.base), token, &body).await;
        assert_eq!(lines(&town, &mine("action = 'sign-out' AND outcome = '1 sessions ended'")).await, 1);

        let vouchsafe = town.build(town.settings(&node.base, "")).await;
        vouchsafe.erase(UserId(id.parse().expect("a UUID"))).await.expect("erased");
        assert_eq!(lines(&town, &mine("action = 'erase' AND outcome = 'done'")).await, 1);
        assert_eq!(lines(&town, "user_id IS NULL").await, 0);
    }
}

/// How a UUID is written in a statement.
fn literal(ground: Ground, id: &str) -> String {
    match ground {
        Ground::Sqlite => format!("x'{}'", id.replace('-', "")),
        Ground::Postgres => format!("'{id}'"),
    }
}

#[actix_web::test]
async fn a_trusted_proxy_says_where_the_client_is_and_nobody_else() {
    let town = Town::new();
    for (trusted, address) in [("", "127.0.0.1"), ("server.trusted_proxies = ['127.0.0.0/8']", "198.51.100.7")] {
        let node = town.node_with(trusted).await;
        let mut browser = Browser::new();
        let callback = node.go_out(&mut browser, "google", "", "mira").await;
        let cookie: Vec<_> = browser.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = [("Cookie", cookie.join("; ")), ("X-Forwarded-For", "192.0.2.1, 198.51.100.7".to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(browser.send("GET", &callback, &headers, Vec::new()).await.status, 302);
        assert_eq!(lines(&town, &format!("address = '{address}'")).await, 1);
    }
}

#[actix_web::test]
async fn a_line_never_changes_and_goes_when_it_is_old() {
    for ground in GROUNDS {
        let Some(town) = Town::on(ground) else { continue };
        let node = town.node().await;
        node.session(&mut Browser::new(), "google", "mira").await;
        let refused = town.try_execute("UPDATE audit_events SET outcome = 'x'").await.expect_err("refused");
        assert!(refused.contains("the audit trail does not change"), "{refused}");
        town.wait(90 * 24 * 3600 + 1);
        let _sweeping = town.node().await;
        while town.count("audit_events").await > 0 {
            actix_web::rt::task::yield_now().await;
        }
    }
}
