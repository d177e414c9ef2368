//! Rules of single providers.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, AUTHORIZATION};
use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::{
    CHALLENGE, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, Reply, SimulatedProvider, TestServer, VERIFIER, basic, oauth2,
    payload, text,
};

/// Exchanges a code with the client credentials in the header or in the body.
async fn exchange_with(server: &TestServer, provider: SimulatedProvider, in_header: bool) -> Reply {
    let code = server.code(provider, "mira", &[]).await;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    let credentials = basic(CLIENT_SECRET);
    let mut headers = vec![(ACCEPT.as_str(), "application/json")];
    if in_header {
        headers.push((AUTHORIZATION.as_str(), credentials.as_str()));
    } else {
        form.extend([("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
    }
    server.send(Method::POST, &server.at(provider).token, &headers, Some(&form)).await
}

#[actix_web::test]
async fn client_secret_is_accepted_only_where_specified() {
    let server = TestServer::start();
    for provider in oauth2() {
        let (in_header, in_body) = match provider {
            SimulatedProvider::Linkedin
            | SimulatedProvider::Twitch
            | SimulatedProvider::Strava
            | SimulatedProvider::Facebook
            | SimulatedProvider::Workos => (false, true),
            SimulatedProvider::X | SimulatedProvider::Bitbucket | SimulatedProvider::Oidc => (true, false),
            // Requires a signed secret: both are wrong.
            SimulatedProvider::Apple => (false, false),
            _ => (true, true),
        };
        for (where_it_is, expected) in [(true, in_header), (false, in_body)] {
            let reply = exchange_with(&server, provider, where_it_is).await;
            let is_valid = reply.status == StatusCode::OK && reply.json()["access_token"].is_string();
            assert_eq!(is_valid, expected, "{provider:?} in header: {where_it_is}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn x_requires_challenge_and_verifier() {
    let server = TestServer::start();
    let without = [("code_challenge", ""), ("code_challenge_method", ""), ("login", "mira")];
    assert_eq!(
        server.authorize(SimulatedProvider::X, &without).await.param("error").as_deref(),
        Some("invalid_request")
    );
    let code = server.code(SimulatedProvider::X, "mira", &[]).await;
    let reply = server.exchange_code(SimulatedProvider::X, &code, &[("code_verifier", "")]).await;
    assert_eq!(reply.json()["error_description"], "Missing required parameter [code_verifier].");
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    let code = server.code(SimulatedProvider::X, "mira", &plain).await;
    assert_eq!(server.exchange_code(SimulatedProvider::X, &code, &[]).await.status, StatusCode::OK);
    let headless = server.send(Method::POST, &server.at(SimulatedProvider::X).token, &[], Some(&[("code", "c")])).await;
    assert_eq!(headless.json()["error"], "unauthorized_client");
}

#[actix_web::test]
async fn plain_challenge_is_accepted_only_where_specified() {
    let server = TestServer::start();
    let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain"), ("login", "mira")];
    for (provider, error) in [(SimulatedProvider::Discord, Some("invalid_request")), (SimulatedProvider::Gitlab, None)]
    {
        assert_eq!(server.authorize(provider, &plain).await.param("error").as_deref(), error, "{provider:?}");
    }
}

#[actix_web::test]
async fn workos_requires_exactly_one_selector() {
    let server = TestServer::start();
    for (changes, error) in [
        (vec![("organization", "")], Some("invalid_request")),
        (vec![("connection", "conn_01")], Some("invalid_request")),
        (vec![("organization", "acme")], Some("invalid_request")),
        (vec![("organization", ""), ("provider", "GoogleOAuth")], None),
        (vec![("organization", ""), ("connection", "conn_01")], None),
    ] {
        let reply = server.authorize(SimulatedProvider::Workos, &[&changes[..], &[("login", "mira")]].concat()).await;
        assert_eq!(reply.param("error").as_deref(), error, "{changes:?}");
    }
    let code = server.code(SimulatedProvider::Workos, "mira", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Workos, &code, &[("redirect_uri", "")]).await.json();
    let profile =
        server.get(&server.at(SimulatedProvider::Workos).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!(answer["profile"], profile);
    assert!(answer.get("scope").is_none() && text(&profile, "id").starts_with("prof_"));
}

#[actix_web::test]
async fn scope_separator_depends_on_the_provider() {
    let server = TestServer::start();
    for (provider, scope, error) in [
        (SimulatedProvider::Strava, "read profile:read_all", Some("invalid_scope")),
        (SimulatedProvider::Strava, "read,profile:read_all", None),
        (SimulatedProvider::Facebook, "email,public_profile", None),
        (SimulatedProvider::Discord, "identify,email", Some("invalid_scope")),
    ] {
        let reply = server.authorize(provider, &[("scope", scope), ("login", "mira")]).await;
        assert_eq!(reply.param("error").as_deref(), error, "{provider:?} {scope}");
    }
    let reply =
        server.authorize(SimulatedProvider::Strava, &[("scope", "read,profile:read_all"), ("login", "mira")]).await;
    assert_eq!(reply.param("scope").as_deref(), Some("read,profile:read_all"));
}

#[actix_web::test]
async fn token_responses_have_provider_members() {
    let server = TestServer::start();
    let answer = |provider| {
        let server = &server;
        async move {
            let code = server.code(provider, "mira", &[]).await;
            server.exchange_code(provider, &code, &[]).await.json()
        }
    };
    assert_eq!(answer(SimulatedProvider::Twitch).await["scope"], json!(["user:read:email", "openid"]));
    assert_eq!(answer(SimulatedProvider::Bitbucket).await["scopes"], "account email");
    assert_eq!(answer(SimulatedProvider::Azuread).await["expires_in"], "3599");
    assert_eq!(answer(SimulatedProvider::Entraid).await["expires_in"], 3599);
    let strava = answer(SimulatedProvider::Strava).await;
    assert_eq!((&strava["athlete"]["firstname"], strava.get("scope")), (&json!("Mira"), None));
    let again = server.refresh(SimulatedProvider::Strava, text(&strava, "refresh_token")).await.json();
    assert_eq!(again.get("athlete"), None, "only a code brings the athlete along");
    let linkedin = answer(SimulatedProvider::Linkedin).await;
    assert_eq!(linkedin["scope"], "openid,email,profile");
    assert_eq!(linkedin["refresh_token_expires_in"], 365 * 24 * 3600);
    server.advance(60);
    let later = server.refresh(SimulatedProvider::Linkedin, text(&linkedin, "refresh_token")).await.json();
    assert_eq!(later["refresh_token_expires_in"], 365 * 24 * 3600 - 60);
}

#[actix_web::test]
async fn linkedin_id_token_has_text_flag_and_no_nonce() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Linkedin, "jonas", &[("nonce", "n-1")]).await;
    let answer = server.exchange_code(SimulatedProvider::Linkedin, &code, &[]).await.json();
    let claims = payload(text(&answer, "id_token"));
    assert_eq!((&claims["email_verified"], claims.get("nonce")), (&json!("false"), None));
    assert_eq!(
        (&claims["locale"], &claims["iss"]),
        (&json!("en_US"), &json!(server.at(SimulatedProvider::Linkedin).issuer))
    );
    let profile =
        server.get(&server.at(SimulatedProvider::Linkedin).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["email_verified"], &profile["locale"]["country"]), (&json!(false), &json!("US")));
}

#[actix_web::test]
async fn twitch_requires_client_id_and_named_claims() {
    let server = TestServer::start();
    let claims = r#"{"id_token":{"email":null,"email_verified":null}}"#;
    let code = server.code(SimulatedProvider::Twitch, "jonas", &[("claims", claims)]).await;
    let answer = server.exchange_code(SimulatedProvider::Twitch, &code, &[]).await.json();
    let info = payload(text(&answer, "id_token"));
    assert_eq!((&info["email_verified"], info.get("picture")), (&json!(false), None));
    let bearer = format!("Bearer {}", text(&answer, "access_token"));
    let nameless = server
        .send(Method::GET, &server.at(SimulatedProvider::Twitch).userinfo, &[(AUTHORIZATION.as_str(), &bearer)], None)
        .await;
    assert_eq!((nameless.status, &nameless.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("Unauthorized")));
    let code = server.code(SimulatedProvider::Twitch, "jonas", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Twitch, &code, &[]).await.json();
    assert_eq!(payload(text(&answer, "id_token")).get("email"), None, "not requested");
}

#[actix_web::test]
async fn facebook_checks_proof_fields_and_exchange() {
    let server = TestServer::start();
    let asked = server.authorize(SimulatedProvider::Facebook, &[("login", "mira")]).await;
    assert_eq!(asked.location.as_ref().and_then(|url| url.fragment()), Some("_=_"));
    let answer = server.exchange_code(SimulatedProvider::Facebook, &asked.param("code").unwrap(), &[]).await.json();
    let token = text(&answer, "access_token");
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    let proof_of = |text: &str| -> String {
        hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (proof, of_another) = (proof_of(token), proof_of("another token"));
    let at = server.at(SimulatedProvider::Facebook);
    let versioned = at.token.replace("/oauth/access_token", "/me");
    for url in [&at.userinfo, &versioned] {
        let good = server.get(&format!("{url}?fields=id,picture.type(large)&appsecret_proof={proof}"), token).await;
        assert_eq!(good.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "picture"]);
        let bad = server.get(&format!("{url}?appsecret_proof={of_another}"), token).await;
        assert_eq!((bad.status, &bad.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(100)));
    }
    let form = [("grant_type", "fb_exchange_token"), ("fb_exchange_token", token)];
    let longer = server.call_token(SimulatedProvider::Facebook, &at.token, &form, &[]).await.json();
    assert!(longer["access_token"].is_string() && longer["access_token"] != *token);
}

#[actix_web::test]
async fn gitlab_refresh_revokes_the_old_access_token() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Gitlab, "jonas", &[]).await;
    let first = server.exchange_code(SimulatedProvider::Gitlab, &code, &[]).await.json();
    let profile = server.get(&server.at(SimulatedProvider::Gitlab).userinfo, text(&first, "access_token")).await.json();
    assert_eq!((&profile["confirmed_at"], &profile["email"]), (&Value::Null, &json!("jonas@example.net")));
    let second = server.refresh(SimulatedProvider::Gitlab, text(&first, "refresh_token")).await.json();
    for (answer, expected) in [(&first, StatusCode::UNAUTHORIZED), (&second, StatusCode::OK)] {
        let reply = server.get(&server.at(SimulatedProvider::Gitlab).userinfo, text(answer, "access_token")).await;
        assert_eq!(reply.status, expected);
    }
}

#[actix_web::test]
async fn bitbucket_lists_emails_with_confirmation() {
    let server = TestServer::start();
    let code = server.code(SimulatedProvider::Bitbucket, "mira", &[]).await;
    let answer = server.exchange_code(SimulatedProvider::Bitbucket, &code, &[]).await.json();
    let emails = server
        .get(&server.at(SimulatedProvider::Bitbucket).emails.unwrap(), text(&answer, "access_token"))
        .await
        .json();
    let values = emails["values"].as_array().unwrap();
    assert_eq!((&values[0]["is_confirmed"], &values[1]["is_confirmed"]), (&json!(false), &json!(true)));
    assert_eq!((&values[1]["is_primary"], &values[1]["email"]), (&json!(true), &json!("mira@example.org")));
}

#[actix_web::test]
async fn missing_scope_is_rejected() {
    let server = TestServer::start();
    for (provider, scope, status) in [
        (SimulatedProvider::X, "users.read", 403),
        (SimulatedProvider::Gitlab, "openid", 403),
        (SimulatedProvider::Bitbucket, "email", 403),
        (SimulatedProvider::Discord, "email", 403),
        (SimulatedProvider::Windowslive, "wl.emails", 403),
    ] {
        let code = server.code(provider, "mira", &[("scope", scope)]).await;
        let answer = server.exchange_code(provider, &code, &[]).await.json();
        let reply = server.get(&server.at(provider).userinfo, text(&answer, "access_token")).await;
        assert_eq!(reply.status.as_u16(), status, "{provider:?}: {}", reply.body);
    }
}

#[actix_web::test]
async fn unknown_token_gets_the_provider_error() {
    let server = TestServer::start();
    for (provider, status, words) in [
        (SimulatedProvider::Linkedin, 401, "invalid_token"),
        (SimulatedProvider::Discord, 401, r#"{"code":0,"message":"401: Unauthorized"}"#),
        (SimulatedProvider::Spotify, 401, r#""error":{"message":"#),
        (SimulatedProvider::Twitch, 401, "Invalid OAuth token"),
        (SimulatedProvider::Gitlab, 401, "401 Unauthorized"),
        (SimulatedProvider::Bitbucket, 401, r#""type":"error""#),
        (SimulatedProvider::Workos, 401, "Unauthorized"),
        (SimulatedProvider::Entraid, 401, "InvalidAuthenticationToken"),
        (SimulatedProvider::Strava, 401, "Authorization Error"),
        (SimulatedProvider::Facebook, 400, r#""code":190"#),
        (SimulatedProvider::Windowslive, 401, "request_token_invalid"),
        (SimulatedProvider::X, 401, "about:blank"),
    ] {
        let reply = server.get(&server.at(provider).userinfo, "nonsense").await;
        assert_eq!(reply.status.as_u16(), status, "{provider:?}: {}", reply.body);
        assert!(reply.body.contains(words), "{provider:?}: {}", reply.body);
    }
}
