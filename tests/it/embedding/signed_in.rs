//! The extractors: which tokens they accept, and from where.

use actix_web::web;
use serde_json::{Value, json};

use super::{Host, assert_refused, host_routes, settings_with_own_issuer};
use crate::aufy::{self, ACCESS, PAGE};
use crate::support::app::{Node, TestApp, access_token, listen, serve};
use crate::support::browser::Browser;

const CLAIM: &str = "session.custom_claims.team = 'metadata.team'\nsession.custom_claim_defaults.team = 'red'";

#[actix_web::test]
async fn tokens_of_both_dialects_name_the_user_in_another_scope() {
    let host = Host::new(CLAIM).await;
    let mut browser = Browser::new();
    let session = host.node.session(&mut browser, "github", "mira").await;
    let (id, token) = (&session["user"]["id"], access_token(&session));
    let seen = host.get("me", token).await.json();
    let expected = json!({
        "user": id, "session": session["refreshTokenId"], "roles": ["me", "user"], "default": "user", "team": "red",
        "expires": 1_800_000_900,
    });
    assert_eq!(seen, expected);
    let profile = json!({"user": id, "token": id, "name": session["user"]["displayName"], "email": "mira@example.org"});
    assert_eq!(host.get("profile", token).await.json(), profile);

    let tokens = host.node.enter(&mut browser, "github", "mira").await;
    let seen = host.get("me", aufy::access_token(&tokens)).await.json();
    assert_eq!((&seen["user"], &seen["roles"], &seen["default"]), (id, &json!(["me", "user"]), &Value::Null));
    assert_eq!(host.get("profile", aufy::access_token(&tokens)).await.json(), profile);
    host.node.post(&mut browser, "auth/signin/refresh?useCookie=true", None, "").await.cookie(ACCESS);
    assert_eq!(browser.get(&host.url("profile")).await.json(), profile, "by cookie");
    // An outdated header does not hide the cookie.
    assert_eq!(browser.fetch("GET", &host.url("me"), &[("Authorization", "Bearer old")], "").await.status, 200);

    let stranger = Browser::new();
    for (route, token) in [("me", None), ("profile", None), ("me", Some("junk")), ("profile", Some("junk"))] {
        let response = match token {
            Some(token) => host.get(route, token).await,
            None => stranger.peek(&host.url(route)).await,
        };
        assert_refused(&response, 401, if token.is_some() { "invalid-token" } else { "no-token" });
    }
    assert_eq!(stranger.peek(&host.url("maybe")).await.text(), "anonymous");
    assert_eq!(json!(host.get("maybe", token).await.text()), *id);
    assert_eq!(stranger.peek(&host.url("outcome")).await.text(), "no-token");
}

#[actix_web::test]
async fn request_by_cookie_that_may_change_something_needs_an_allowed_origin() {
    let host = Host::new("").await;
    let mut browser = Browser::new();
    let tokens = host.node.enter(&mut browser, "github", "mira").await;
    let bearer = format!("Bearer {}", aufy::access_token(&tokens));
    browser.jar.clear();
    browser.jar.insert(ACCESS.to_owned(), aufy::access_token(&tokens).to_owned());
    let evil = ("Origin", "https://evil.test");
    for (method, headers, is_allowed) in [
        ("GET", vec![evil], true),
        ("POST", vec![("Origin", PAGE)], true),
        ("DELETE", vec![("Sec-Fetch-Site", "same-origin")], true),
        ("POST", vec![evil, ("Authorization", &bearer)], true),
        ("POST", vec![], false),
        ("POST", vec![evil], false),
        ("PUT", vec![evil], false),
        ("POST", vec![evil, ("Authorization", "Bearer junk")], false),
        ("POST", vec![("Sec-Fetch-Site", "cross-site")], false),
        ("GET", vec![evil, ("Connection", "Upgrade"), ("Upgrade", "websocket")], false),
    ] {
        let response = browser.fetch(method, &host.url("me"), &headers, "").await;
        if is_allowed {
            assert_eq!(response.status, 200, "{method} {headers:?}: {}", response.text());
        } else {
            assert_refused(&response, 403, "origin-not-allowed");
        }
    }
}

#[actix_web::test]
async fn token_of_another_instance_with_the_same_keys_and_rows_is_refused() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let [north, south] = ["north", "south"].map(|name| format!("{origin}/{name}"));
    let in_north = app.build(settings_with_own_issuer(&app, &north, "")).await;
    let in_south = app.build(settings_with_own_issuer(&app, &south, "")).await;
    assert_eq!(in_north.jwks(), in_south.jwks(), "the same keys");
    let handle = serve(listener, 2, move || {
        let (north, south) = (in_north.clone(), in_south.clone());
        move |config: &mut web::ServiceConfig| {
            config
                .service(web::scope("/north").configure(north.routes()))
                .service(web::scope("/south").configure(south.routes()))
                // The nearest scope counts.
                .service(host_routes("/host", &north).service(host_routes("/of-south", &south)));
        }
    });
    let north = Node::at(north, handle);
    let session = north.session(&mut Browser::new(), "github", "mira").await;
    let tokens = north.enter(&mut Browser::new(), "github", "mira").await;
    for token in [access_token(&session), aufy::access_token(&tokens)] {
        for route in ["me", "profile"] {
            let at = |scope: &str| format!("{origin}/{scope}/{route}");
            assert_eq!(Browser::new().get_as(&at("host"), token).await.status, 200);
            assert_refused(&Browser::new().get_as(&at("host/of-south"), token).await, 401, "invalid-token");
        }
    }
    let jwks = Browser::new().get(&format!("{}/.well-known/jwks.json", north.base)).await.json();
    assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn reloaded_keys_and_rules_count_in_the_host_at_once() {
    let key = |id: &str| format!("{{ id = '{id}', algorithm = 'HS256', key = '{}' }}", id.repeat(64));
    let keys = |list: &[&str]| format!("keys.jwt = [{}]", list.iter().map(|id| key(id)).collect::<Vec<_>>().join(","));
    let host = Host::new(&keys(&["a"])).await;
    let session = host.node.session(&mut Browser::new(), "github", "mira").await;
    for (list, status) in [(&["a"][..], 200), (&["b", "a"], 200), (&["b"], 401), (&["a"], 200)] {
        host.vouchsafe.reload(host.app.settings(&host.node.base, &keys(list))).await.expect("reloaded");
        // No request of the instance's own routes tells the workers of it.
        for route in ["me", "profile"] {
            assert_eq!(host.get(route, access_token(&session)).await.status, status, "{list:?} {route}");
        }
    }
    let blocked = format!("{}\nsign_up.blocked_emails = ['mira@example.org']", keys(&["a"]));
    host.vouchsafe.reload(host.app.settings(&host.node.base, &blocked)).await.expect("reloaded");
    assert_refused(&host.get("profile", access_token(&session)).await, 403, "email-not-allowed");
}

#[actix_web::test]
async fn app_without_the_routes_of_its_instance_looks_users_up() {
    let host = Host::new("").await;
    let session = host.node.session(&mut Browser::new(), "github", "mira").await;
    let other = host.other_app(|config, vouchsafe| {
        config.service(host_routes("/api", vouchsafe));
    });
    let profile = Browser::new().get_as(&format!("{}/api/profile", other.base), access_token(&session)).await;
    assert_eq!(profile.json()["user"], session["user"]["id"]);
}
