//! Every provider of the specification, simulated, through the same sign-ins.

use serde_json::{Value, json};
use url::Url;
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider};

use crate::support::app::{Node, TestApp, access_token, parameter};
use crate::support::browser::{Browser, Response, hidden_fields};

/// How a provider differs from the others.
struct Row {
    name: &'static str,
    /// Whether it returns emails at all.
    has_addresses: bool,
    /// Whether it reports Mira's email as verified.
    is_vouching: bool,
    /// Whether it issues refresh tokens.
    is_refreshable: bool,
}

const fn row(name: &'static str, has_addresses: bool, is_vouching: bool, is_refreshable: bool) -> Row {
    Row { name, has_addresses, is_vouching, is_refreshable }
}

const ROWS: [Row; 17] = [
    row("apple", true, true, true),
    row("azuread", true, false, true),
    row("bitbucket", true, true, true),
    row("discord", true, true, true),
    row("entraid", true, true, true),
    row("facebook", true, false, false),
    row("github", true, true, false),
    row("gitlab", true, true, true),
    row("google", true, true, true),
    row("linkedin", true, true, true),
    row("oidc", true, true, true),
    row("spotify", true, false, true),
    row("strava", false, false, true),
    row("twitch", true, false, true),
    row("twitter", true, false, false),
    row("windowslive", true, false, false),
    row("workos", true, false, false),
];

/// Authorizes as `persona`; returns the callback URL, with the form's fields as its query.
async fn authorize(node: &Node, browser: &mut Browser, provider: &str, persona: &str) -> String {
    let start = browser.get(&format!("{}/signin/provider/{provider}?state=mine", node.base)).await;
    let authorize = start.location();
    let response = browser.get(&format!("{authorize}&login={persona}")).await;
    if response.status != 200 {
        return response.location();
    }
    format!("{}/signin/provider/{provider}/callback?{}", node.base, hidden_fields(&response.text()))
}

/// Follows the callback. Apple posts a form from another site.
async fn follow_callback(node: &Node, browser: &mut Browser, provider: &str, callback: &str) -> Url {
    if provider != "apple" {
        return browser.get(callback).await.location_url();
    }
    let (here, form) = callback.split_once('?').expect("a query");
    let bounced = browser.post_form_cross_site(here, form).await;
    browser.get(&format!("{}{}", node.base, bounced.location())).await.location_url()
}

pub async fn sign_in(node: &Node, browser: &mut Browser, provider: &str, persona: &str) -> Url {
    let callback = authorize(node, browser, provider, persona).await;
    follow_callback(node, browser, provider, &callback).await
}

async fn session(node: &Node, browser: &mut Browser, provider: &str, persona: &str) -> Value {
    let target = sign_in(node, browser, provider, persona).await;
    assert_eq!(parameter(&target, "error"), None, "{provider} {persona}: {target}");
    node.session_of(browser, &target).await
}

#[actix_web::test]
async fn second_sign_in_finds_the_user() {
    for Row { name, has_addresses, is_vouching, .. } in ROWS {
        let app = TestApp::new();
        let node = app.simulated_node().await;
        let first = session(&node, &mut Browser::new(), name, "mira").await;
        let email = has_addresses.then_some("mira@example.org");
        assert_eq!(first["user"]["email"].as_str(), email, "{name}");
        assert_eq!(first["user"]["emailVerified"], is_vouching, "{name}");
        let second = session(&node, &mut Browser::new(), name, "mira").await;
        assert_eq!(first["user"]["id"], second["user"]["id"], "{name}");
        assert_eq!((app.count("users").await, app.count("identities").await), (1, 1), "{name}");
    }
}

#[actix_web::test]
async fn apple_name_survives_a_refused_first_sign_in() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    app.execute("CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'the disk is full'); END").await;
    let refused = sign_in(&node, &mut Browser::new(), "apple", "mira").await;
    assert!(parameter(&refused, "error").is_some(), "{refused}");
    app.execute("DROP TRIGGER full").await;
    // Apple sends the name with the first consent only.
    let session = session(&node, &mut Browser::new(), "apple", "mira").await;
    assert_eq!(session["user"]["displayName"], "Mira Okafor");
    assert_eq!(app.count("pending_names").await, 0);
}

#[actix_web::test]
async fn profile_without_email_or_name_signs_in() {
    for Row { name, .. } in ROWS {
        let app = TestApp::new();
        let node = app.simulated_node().await;
        for persona in ["aiko", "rosa"] {
            let session = session(&node, &mut Browser::new(), name, persona).await;
            assert!(session["user"]["displayName"].as_str().is_some_and(|shown| !shown.is_empty()), "{name} {persona}");
            assert!(persona == "rosa" || session["user"].get("email").is_none(), "{name}: {session}");
        }
        assert_eq!(app.count("users").await, 2, "{name}");
    }
}

#[actix_web::test]
async fn unverified_email_of_another_user_links_nothing() {
    for Row { name, has_addresses, .. } in ROWS {
        let app = TestApp::new();
        let node = app.simulated_node().await;
        let other = if name == "google" { "gitlab" } else { "google" };
        session(&node, &mut Browser::new(), other, "jonas").await;
        app.execute("UPDATE users SET email_verified = TRUE").await;
        let target = sign_in(&node, &mut Browser::new(), name, "jonas").await;
        // X returns confirmed emails only, so none for Jonas.
        let is_told = has_addresses && name != "twitter";
        assert_eq!(parameter(&target, "error").as_deref(), is_told.then_some("unverified-user"), "{name}: {target}");
        assert_eq!(app.count("users").await, if is_told { 1 } else { 2 }, "{name}");
    }
}

#[actix_web::test]
async fn denied_or_bad_code_creates_no_user() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    for Row { name, .. } in ROWS {
        let target = sign_in(&node, &mut Browser::new(), name, "deny").await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-provider-error"), "{name}: {target}");
        assert_eq!(parameter(&target, "state").as_deref(), Some("mine"), "{name}");
        let mut browser = Browser::new();
        let mut callback: Url = authorize(&node, &mut browser, name, "mira").await.parse().expect("a URL");
        let forged: Vec<(String, String)> = callback
            .query_pairs()
            .map(|(key, value)| {
                let is_proof = matches!(&*key, "code" | "oauth_verifier");
                (key.into_owned(), if is_proof { "wrong".to_owned() } else { value.into_owned() })
            })
            .collect();
        callback.query_pairs_mut().clear().extend_pairs(forged);
        let target = follow_callback(&node, &mut browser, name, callback.as_str()).await;
        assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"), "{name}: {target}");
    }
    assert_eq!(app.count("users").await, 0);
}

async fn refresh(node: &Node, provider: &str, session: &Value, refresh_token: &str) -> Response {
    let url = format!("{}/v1/token/provider/{provider}", node.base);
    let bearer = access_token(session);
    Browser::new().post_json_as(&url, bearer, &json!({"refreshToken": refresh_token})).await
}

#[actix_web::test]
async fn tokens_are_returned_once_and_refreshed_if_supported() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    for (number, Row { name, is_refreshable, .. }) in ROWS.into_iter().enumerate() {
        let mut browser = Browser::new();
        let session = session(&node, &mut browser, name, &format!("user-{}", number + 1)).await;
        let tokens = node.tokens(&browser, name, &session).await;
        assert_eq!(tokens.status, 200, "{name}: {}", tokens.text());
        let tokens = tokens.json();
        assert!(tokens["accessToken"].as_str().is_some_and(|token| !token.is_empty()), "{name}");
        assert_eq!(tokens.get("tokenSecret").is_some(), name == "twitter");
        node.tokens(&browser, name, &session).await.assert_error(400, "invalid-request");
        let refresh_token = tokens["refreshToken"].as_str();
        if !is_refreshable {
            let response = refresh(&node, name, &session, refresh_token.unwrap_or("any")).await;
            assert_eq!(response.status, 400, "{name}: {}", response.text());
            continue;
        }
        let refresh_token = refresh_token.unwrap_or_else(|| panic!("{name} issues a refresh token: {tokens}"));
        let response = refresh(&node, name, &session, refresh_token).await;
        assert_eq!(response.status, 200, "{name}: {}", response.text());
        let renewed = response.json();
        assert!(renewed["refreshToken"].is_string(), "{name}: an unrotated token stays valid");
        assert_ne!(renewed["accessToken"], tokens["accessToken"], "{name}");
        refresh(&node, name, &session, "made-up").await.assert_error(400, "oauth-provider-error");
    }
}

#[actix_web::test]
async fn provider_refresh_needs_session_provider_and_token() {
    let app = TestApp::new();
    let node = app.node().await;
    let session = node.session(&mut Browser::new(), "google", "mira").await;
    refresh(&node, "apple", &session, "x").await.assert_error(409, "disabled-endpoint");
    refresh(&node, "nobody", &session, "x").await.assert_error(400, "invalid-request");
    refresh(&node, "google", &session, "").await.assert_error(400, "invalid-request");
    refresh(&node, "google", &json!({"accessToken": "x.y.z"}), "x").await.assert_error(401, "invalid-request");
    app.execute("UPDATE users SET disabled = TRUE").await;
    refresh(&node, "google", &session, "x").await.assert_error(401, "disabled-user");
}

#[actix_web::test]
async fn provider_list_shows_the_enabled_providers() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    let listed = Browser::new().get(&format!("{}/v1/providers", node.base)).await.json();
    let listed = listed["providers"].as_array().expect("a list");
    let names: Vec<_> = listed.iter().map(|provider| provider["name"].as_str().expect("a name")).collect();
    assert_eq!(names, ROWS.map(|row| row.name));
    for provider in listed {
        for key in ["label", "icon", "kind"] {
            assert!(provider[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {provider}");
        }
        assert_eq!(provider["isAnswering"], true);
    }
}

#[actix_web::test]
async fn apple_name_from_the_form_is_stored() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    let first = session(&node, &mut Browser::new(), "apple", "mira").await;
    assert_eq!(first["user"]["displayName"], "Mira Okafor");
    let second = session(&node, &mut Browser::new(), "apple", "mira").await;
    assert_eq!(second["user"]["displayName"], "Mira Okafor");
}

#[actix_web::test]
async fn oauth1_request_token_is_bound_to_its_flow() {
    let app = TestApp::new();
    let node = app.simulated_node().await;
    let (mut victim, mut attacker) = (Browser::new(), Browser::new());
    let stolen: Url = authorize(&node, &mut victim, "twitter", "mira").await.parse().expect("a URL");
    let own: Url = authorize(&node, &mut attacker, "twitter", "aiko").await.parse().expect("a URL");
    let mut forged = own.clone();
    let state = parameter(&own, "state").expect("a state");
    forged.query_pairs_mut().clear().append_pair("state", &state);
    for name in ["oauth_token", "oauth_verifier"] {
        forged.query_pairs_mut().append_pair(name, &parameter(&stolen, name).expect(name));
    }
    let target = attacker.peek(forged.as_str()).await.location_url();
    assert_eq!(parameter(&target, "error").as_deref(), Some("invalid-request"));
    assert_eq!(app.count("used_flows").await, 0);
}

#[actix_web::test]
async fn twitter_setting_selects_oauth2() {
    let app = TestApp::new();
    let at = app.simulator.endpoints(SimulatedProvider::X);
    let more = format!(
        "[providers.twitter]\nversion = '2'\nclient_id = '{CLIENT_ID}'\nclient_secret = '{CLIENT_SECRET}'\n\
         authorization_url = '{}'\ntoken_url = '{}'\nuserinfo_url = '{}?user.fields=profile_image_url,confirmed_email'\n",
        at.authorize, at.token, at.userinfo
    );
    let node = app.node_with(&more).await;
    let mut browser = Browser::new();
    let start = browser.get(&format!("{}/signin/provider/twitter", node.base)).await.location_url();
    assert!(parameter(&start, "code_challenge").is_some() && parameter(&start, "oauth_token").is_none(), "{start}");
    let session = session(&node, &mut browser, "twitter", "mira").await;
    assert_eq!(session["user"]["displayName"], "Mira Okafor");
    assert!(node.tokens(&browser, "twitter", &session).await.json().get("tokenSecret").is_none());
}
