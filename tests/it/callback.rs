//! The way back: whose it is, how often, and when.

use crate::browser::Browser;
use crate::town::{Town, parameter};

#[actix_web::test]
async fn a_callback_belongs_to_the_browser_that_began() {
    let town = Town::new();
    let node = town.node().await;
    let mut owner = Browser::new();
    let callback = node.go_out(&mut owner, "google", "", "mira").await;

    let mut stranger = Browser::new();
    let mut busy_stranger = Browser::new();
    node.go_out(&mut busy_stranger, "google", "", "jonas").await;
    for browser in [&mut stranger, &mut busy_stranger] {
        let target = browser.get(&callback).await.location_url();
        assert_eq!(target.origin().ascii_serialization(), "https://app.test");
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
        assert!(parameter(&target, "provider_state").is_some() && parameter(&target, "refreshToken").is_none());
        assert!(!target.as_str().contains("code="), "{target}");
    }
    assert_eq!(town.simulator.counts().google.token, 0, "nothing was sent to the provider");
    let target = owner.get(&callback).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "the owner's flow was not burned: {target}");
}

#[actix_web::test]
async fn of_many_identical_callbacks_one_brings_a_credential() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "state=mine", "mira").await;
    let answers = futures_util::future::join_all((0..32).map(|_| browser.look(&callback))).await;
    let targets: Vec<_> = answers.iter().map(|answer| answer.location_url()).collect();
    assert_eq!(targets.iter().filter(|target| parameter(target, "refreshToken").is_some()).count(), 1);
    for target in &targets {
        assert_eq!(
            (target.host_str(), parameter(target, "state").as_deref()),
            (Some("app.test"), Some("mine")),
            "{target}"
        );
        assert_eq!(parameter(target, "error"), None);
    }
    assert_eq!(town.simulator.counts().google.token, 1, "the code was presented once");
    assert_eq!(town.count("sessions").await, 1);

    let later = browser.look(&callback).await.location_url();
    assert_eq!(later.as_str(), "https://app.test/?state=mine");
    browser.get(&callback).await;
    assert!(browser.jar.is_empty(), "the flow's cookie is gone");
    let without_cookie = browser.get(&callback).await.location_url();
    assert_eq!(parameter(&without_cookie, "error").as_deref(), Some("invalid-state"));
}

#[actix_web::test]
async fn a_flow_lives_for_ten_minutes_by_our_own_clock() {
    let town = Town::new();
    let node = town.node().await;
    for (wait, error) in [(599, None), (600, Some("invalid-state"))] {
        let mut browser = Browser::new();
        let start = browser.get(&format!("{}/signin/provider/google", node.base)).await.location();
        town.wait(wait);
        let callback = browser.get(&format!("{start}&login=mira")).await.location();
        assert!(!browser.jar.is_empty(), "the browser still has its cookie");
        let target = browser.get(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), error, "after {wait} s");
    }
}

#[actix_web::test]
async fn a_callback_of_one_provider_is_not_taken_at_another() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let target = browser.look(&callback.replace("/google/", "/github/")).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    let counts = town.simulator.counts();
    assert_eq!((counts.google.token, counts.github.token), (0, 0));
}

#[actix_web::test]
async fn a_code_of_another_flow_is_of_no_use() {
    let town = Town::new();
    let node = town.node().await;
    let (mut victim, mut thief) = (Browser::new(), Browser::new());
    let stolen = node.go_out(&mut victim, "google", "", "mira").await;
    let own = node.go_out(&mut thief, "google", "", "jonas").await;
    let code = |url: &str| parameter(&url.parse().expect("a URL"), "code").expect("a code");
    let encoded = |code: String| url::form_urlencoded::byte_serialize(code.as_bytes()).collect::<String>();
    let forged = own.replace(&encoded(code(&own)), &encoded(code(&stolen)));
    assert_ne!(forged, own);
    let target = thief.get(&forged).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"));
    assert_eq!(town.count("users").await, 0);
}

#[actix_web::test]
async fn the_issuer_of_the_answer_is_compared_to_the_letter() {
    let town = Town::new();
    let node = town.node().await;
    for (provider, forge) in
        [("google", "iss=https%3A%2F%2Fevil.test"), ("oidc", "iss=https%3A%2F%2Fevil.test"), ("oidc", "absent=1")]
    {
        let mut browser = Browser::new();
        let callback = node.go_out(&mut browser, provider, "", "mira").await;
        let (head, tail) = callback.split_once("iss=").expect("an issuer");
        let forged = format!("{head}{forge}&{}", tail.split_once('&').map_or("", |(_, rest)| rest));
        let target = browser.get(&forged).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-request"), "{provider} {forge}");
    }
    let counts = town.simulator.counts();
    assert_eq!((counts.google.token, counts.oidc.token), (0, 0), "no code was sent anywhere");
}

#[actix_web::test]
async fn several_tabs_sign_in_at_once() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let mut callbacks = Vec::new();
    for (provider, person) in [("google", "mira"), ("github", "aiko"), ("oidc", "rosa")] {
        callbacks.push(node.go_out(&mut browser, provider, &format!("state={person}"), person).await);
    }
    assert_eq!(browser.jar.len(), 3);
    for callback in callbacks.iter().rev() {
        let target = browser.get(callback).await.location_url();
        assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    }
    assert!(browser.jar.is_empty());
    assert_eq!(town.count("users").await, 3);
}

#[actix_web::test]
async fn a_browser_carries_five_flows_and_the_newest_always_works() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let mut last = String::new();
    for _ in 0..50 {
        town.wait(1);
        last = node.go_out(&mut browser, "google", "", "mira").await;
    }
    assert_eq!(browser.jar.len(), 5);
    let sent: usize = browser.jar.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
    assert!(sent < 8192, "{sent} bytes of cookies");
    assert!(parameter(&browser.get(&last).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn what_the_provider_says_against_it_is_passed_on_to_the_client_url() {
    let town = Town::new();
    let node = town.node().await;
    let query = "redirectTo=https%3A%2F%2Fx.preview.test%2Fin&state=mine";
    let target = node.sign_in(&mut Browser::new(), "google", query, "deny").await;
    assert_eq!(target.origin().ascii_serialization(), "https://app.test");
    for (name, value) in [
        ("error", "oauth-provider-error"),
        ("errorDescription", "Provider returned an error"),
        ("provider_error", "access_denied"),
    ] {
        assert_eq!(parameter(&target, name).as_deref(), Some(value), "{target}");
    }
    assert!(
        parameter(&target, "provider_error_description").is_some()
            && parameter(&target, "provider_error_url").is_some()
    );
    assert_eq!(parameter(&target, "state").as_deref(), Some("mine"));
    assert_eq!(town.simulator.counts().google.token, 0);
}

#[actix_web::test]
async fn text_from_a_provider_cannot_break_out_of_the_redirect() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "deny").await;
    let state = parameter(&callback.parse().expect("a URL"), "state").expect("a state");
    let evil = "%0d%0aSet-Cookie:x%3Dy%3Cscript%3E%C3%A9%E2%80%AE";
    let url =
        format!("{}/signin/provider/google/callback?state={state}&error=x{evil}&error_description={evil}", node.base);
    let answer = browser.get(&url).await;
    assert!(!answer.location().contains(['\r', '\n', '<']), "{}", answer.location());
    assert_eq!(parameter(&answer.location_url(), "error").as_deref(), Some("oauth-provider-error"));
}

#[actix_web::test]
async fn a_malformed_callback_is_answered_in_shape_and_burns_nothing() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let here = format!("{}/signin/provider/google/callback", node.base);
    for bad in [
        here.clone(),
        format!("{callback}&state=again"),
        format!("{callback}&code=again"),
        format!("{callback}&iss=again"),
    ] {
        browser.look(&bad).await.assert_error(400, "invalid-request");
    }
    browser
        .look(&format!("{}/signin/provider/nobody/callback?state=x", node.base))
        .await
        .assert_error(400, "invalid-request");
    for state in ["x", &"A".repeat(32)] {
        let target = browser.look(&format!("{here}?state={state}&code=c")).await.location_url();
        assert_eq!(parameter(&target, "provider_state").as_deref(), Some(state));
    }
    assert!(parameter(&browser.get(&callback).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn a_cookie_that_was_changed_or_belongs_to_another_flow_is_no_proof() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let (name, value) =
        browser.jar.first_key_value().map(|(name, value)| (name.clone(), value.clone())).expect("a cookie");
    let mut other = Browser::new();
    node.go_out(&mut other, "google", "", "mira").await;
    let foreign = other.jar.first_key_value().map(|(_, value)| value.clone()).expect("a cookie");
    let mut flipped = value.clone().into_bytes();
    flipped[40] ^= 1;
    for forged in [String::from_utf8(flipped).expect("text"), foreign, String::new(), "x".repeat(4000)] {
        browser.jar.insert(name.clone(), forged);
        let target = browser.look(&callback).await.location_url();
        assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-state"));
    }
    browser.jar.insert(name, value);
    assert!(parameter(&browser.get(&callback).await.location_url(), "refreshToken").is_some());
}

#[actix_web::test]
async fn two_cookies_of_one_name_prove_nothing() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let (name, value) = browser.jar.first_key_value().expect("a cookie");
    let once = format!("{name}={value}");
    for (cookies, error) in [(format!("{once}; {once}"), Some("invalid-state")), (once.clone(), None)] {
        let answer = browser.send("GET", &callback, &[("cookie", &cookies)], Vec::new()).await;
        assert_eq!(parameter(&answer.location_url(), "error").as_deref(), error);
    }
}

#[actix_web::test]
async fn a_state_that_somebody_made_up_becomes_no_part_of_a_cookies_name() {
    let town = Town::new();
    let node = town.node().await;
    let (here, made_up) =
        (format!("{}/signin/provider/google/callback", node.base), "state=x%3D1%3B%20Domain%3Devil&code=c");
    let answer = Browser::new().get(&format!("{here}?{made_up}")).await;
    assert_eq!(parameter(&answer.location_url(), "error").as_deref(), Some("invalid-state"));
    assert_eq!(answer.cookies(), Vec::<String>::new());
    let posted = Browser::new().post_form_across(&here, made_up).await;
    assert_eq!(posted.status, 303);
    assert!(posted.cookies().iter().all(|cookie| cookie.starts_with("vouchsafe-form=")), "{:?}", posted.cookies());
}

#[actix_web::test]
async fn a_form_from_another_site_is_brought_home_for_its_cookie() {
    let town = Town::new();
    let node = town.node().await;
    let mut browser = Browser::new();
    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let (here, form) = callback.split_once('?').expect("a query");
    let (state, code) = (form.split('&').find(|pair| pair.starts_with("state=")).expect("a state"), "code=");
    let bounced = browser.post_form_across(here, form).await;
    assert_eq!(bounced.status, 303);
    assert!(bounced.location().ends_with(&format!("/callback?{state}")), "the state alone: {}", bounced.location());
    assert!(form.contains(code) && !bounced.cookies().concat().contains(code), "the code is sealed");
    assert_eq!(town.simulator.counts().google.token, 0);
    let home = format!("{}{}", node.base, bounced.location());
    let stranger = Browser::new().get(&home).await.location_url();
    assert_eq!(parameter(&stranger, "error").as_deref(), Some("invalid-state"), "another browser has neither");
    let arrived = browser.get(&home).await;
    let target = arrived.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    assert!(browser.jar.is_empty(), "flow and form are gone: {:?}", browser.jar.keys());

    let callback = node.go_out(&mut browser, "google", "", "mira").await;
    let (here, form) = callback.split_once('?').expect("a query");
    let target = browser.post_form(here, form).await.location_url();
    assert!(parameter(&target, "refreshToken").is_some(), "a form of the same site has its cookie: {target}");

    browser.post_form(&callback, form).await.assert_error(400, "invalid-request");
    browser.post_form(here, "code=c").await.assert_error(400, "invalid-request");
    let long = format!("{form}&user={}", "x".repeat(3_000));
    Browser::new().post_form(here, &long).await.assert_error(400, "invalid-request");
    browser.post_form(here, &"x".repeat(70_000)).await.assert_error(413, "invalid-request");
}
