//! What only single houses insist on.

use actix_web::http::Method;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, AUTHORIZATION};
use aws_lc_rs::hmac;
use serde_json::{Value, json};

use super::{CHALLENGE, CLIENT_ID, CLIENT_SECRET, House, RETURN, Reply, Stage, VERIFIER, basic, oauth2, payload, text};

/// Presents a code with the client's credentials in the header or in the body.
async fn redeem_by(stage: &Stage, house: House, in_header: bool) -> Reply {
    let code = stage.code(house, "mira", &[]).await;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", RETURN),
        ("code_verifier", VERIFIER),
    ];
    let credentials = basic(CLIENT_SECRET);
    let mut headers = vec![(ACCEPT.as_str(), "application/json")];
    if in_header {
        headers.push((AUTHORIZATION.as_str(), credentials.as_str()));
    } else {
        form.extend([("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)]);
    }
    stage.send(Method::POST, &stage.at(house).token, &headers, Some(&form)).await
}

#[actix_web::test]
async fn each_house_takes_the_secret_only_where_it_looks_for_it() {
    let stage = Stage::open();
    for house in oauth2() {
        let (in_header, in_body) = match house {
            House::Linkedin | House::Twitch | House::Strava | House::Facebook | House::Workos => (false, true),
            House::X | House::Bitbucket | House::Oidc => (true, false),
            // Its secret is signed: neither of these is one.
            House::Apple => (false, false),
            _ => (true, true),
        };
        for (where_it_is, expected) in [(true, in_header), (false, in_body)] {
            let reply = redeem_by(&stage, house, where_it_is).await;
            let is_good = reply.status == StatusCode::OK && reply.json()["access_token"].is_string();
            assert_eq!(is_good, expected, "{house:?} in header: {where_it_is}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn x_does_without_neither_challenge_nor_verifier() {
    let stage = Stage::open();
    let without = [("code_challenge", ""), ("code_challenge_method", ""), ("login", "mira")];
    assert_eq!(stage.ask(House::X, &without).await.sent("error").as_deref(), Some("invalid_request"));
    let code = stage.code(House::X, "mira", &[]).await;
    let reply = stage.redeem(House::X, &code, &[("code_verifier", "")]).await;
    assert_eq!(reply.json()["error_description"], "Missing required parameter [code_verifier].");
    let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
    let code = stage.code(House::X, "mira", &plain).await;
    assert_eq!(stage.redeem(House::X, &code, &[]).await.status, StatusCode::OK);
    let headless = stage.send(Method::POST, &stage.at(House::X).token, &[], Some(&[("code", "c")])).await;
    assert_eq!(headless.json()["error"], "unauthorized_client");
}

#[actix_web::test]
async fn only_houses_that_say_so_take_a_plain_challenge() {
    let stage = Stage::open();
    let plain = [("code_challenge", CHALLENGE), ("code_challenge_method", "plain"), ("login", "mira")];
    for (house, error) in [(House::Discord, Some("invalid_request")), (House::Gitlab, None)] {
        assert_eq!(stage.ask(house, &plain).await.sent("error").as_deref(), error, "{house:?}");
    }
}

#[actix_web::test]
async fn workos_wants_to_know_in_one_way_where_the_person_comes_from() {
    let stage = Stage::open();
    for (changes, error) in [
        (vec![("organization", "")], Some("invalid_request")),
        (vec![("connection", "conn_01")], Some("invalid_request")),
        (vec![("organization", "acme")], Some("invalid_request")),
        (vec![("organization", ""), ("provider", "GoogleOAuth")], None),
        (vec![("organization", ""), ("connection", "conn_01")], None),
    ] {
        let reply = stage.ask(House::Workos, &[&changes[..], &[("login", "mira")]].concat()).await;
        assert_eq!(reply.sent("error").as_deref(), error, "{changes:?}");
    }
    let code = stage.code(House::Workos, "mira", &[]).await;
    let answer = stage.redeem(House::Workos, &code, &[("redirect_uri", "")]).await.json();
    let profile = stage.look(&stage.at(House::Workos).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!(answer["profile"], profile);
    assert!(answer.get("scope").is_none() && text(&profile, "id").starts_with("prof_"));
}

#[actix_web::test]
async fn scopes_are_parted_by_a_comma_at_strava_and_by_a_blank_elsewhere() {
    let stage = Stage::open();
    for (house, scope, error) in [
        (House::Strava, "read profile:read_all", Some("invalid_scope")),
        (House::Strava, "read,profile:read_all", None),
        (House::Facebook, "email,public_profile", None),
        (House::Discord, "identify,email", Some("invalid_scope")),
    ] {
        let reply = stage.ask(house, &[("scope", scope), ("login", "mira")]).await;
        assert_eq!(reply.sent("error").as_deref(), error, "{house:?} {scope}");
    }
    let reply = stage.ask(House::Strava, &[("scope", "read,profile:read_all"), ("login", "mira")]).await;
    assert_eq!(reply.sent("scope").as_deref(), Some("read,profile:read_all"));
}

#[actix_web::test]
async fn the_token_answers_have_the_oddities_of_their_houses() {
    let stage = Stage::open();
    let answer = |house| {
        let stage = &stage;
        async move {
            let code = stage.code(house, "mira", &[]).await;
            stage.redeem(house, &code, &[]).await.json()
        }
    };
    assert_eq!(answer(House::Twitch).await["scope"], json!(["user:read:email", "openid"]));
    assert_eq!(answer(House::Bitbucket).await["scopes"], "account email");
    assert_eq!(answer(House::Azuread).await["expires_in"], "3599");
    assert_eq!(answer(House::Entraid).await["expires_in"], 3599);
    let strava = answer(House::Strava).await;
    assert_eq!((&strava["athlete"]["firstname"], strava.get("scope")), (&json!("Mira"), None));
    let again = stage.refresh(House::Strava, text(&strava, "refresh_token")).await.json();
    assert_eq!(again.get("athlete"), None, "only a code brings the athlete along");
    let linkedin = answer(House::Linkedin).await;
    assert_eq!(linkedin["scope"], "openid,email,profile");
    assert_eq!(linkedin["refresh_token_expires_in"], 365 * 24 * 3600);
    stage.clock.advance(std::time::Duration::from_secs(60));
    let later = stage.refresh(House::Linkedin, text(&linkedin, "refresh_token")).await.json();
    assert_eq!(later["refresh_token_expires_in"], 365 * 24 * 3600 - 60);
}

#[actix_web::test]
async fn linkedin_writes_the_flag_as_text_in_the_token_and_keeps_no_nonce() {
    let stage = Stage::open();
    let code = stage.code(House::Linkedin, "jonas", &[("nonce", "n-1")]).await;
    let answer = stage.redeem(House::Linkedin, &code, &[]).await.json();
    let claims = payload(text(&answer, "id_token"));
    assert_eq!((&claims["email_verified"], claims.get("nonce")), (&json!("false"), None));
    assert_eq!((&claims["locale"], &claims["iss"]), (&json!("en_US"), &json!(stage.at(House::Linkedin).issuer)));
    let profile = stage.look(&stage.at(House::Linkedin).userinfo, text(&answer, "access_token")).await.json();
    assert_eq!((&profile["email_verified"], &profile["locale"]["country"]), (&json!(false), &json!("US")));
}

#[actix_web::test]
async fn twitch_wants_the_client_named_and_each_claim_too() {
    let stage = Stage::open();
    let claims = r#"{"id_token":{"email":null,"email_verified":null}}"#;
    let code = stage.code(House::Twitch, "jonas", &[("claims", claims)]).await;
    let answer = stage.redeem(House::Twitch, &code, &[]).await.json();
    let told = payload(text(&answer, "id_token"));
    assert_eq!((&told["email_verified"], told.get("picture")), (&json!(false), None));
    let bearer = format!("Bearer {}", text(&answer, "access_token"));
    let nameless =
        stage.send(Method::GET, &stage.at(House::Twitch).userinfo, &[(AUTHORIZATION.as_str(), &bearer)], None).await;
    assert_eq!((nameless.status, &nameless.json()["error"]), (StatusCode::UNAUTHORIZED, &json!("Unauthorized")));
    let code = stage.code(House::Twitch, "jonas", &[]).await;
    let answer = stage.redeem(House::Twitch, &code, &[]).await.json();
    assert_eq!(payload(text(&answer, "id_token")).get("email"), None, "nobody named it");
}

#[actix_web::test]
async fn facebook_checks_a_proof_tells_only_the_fields_and_prolongs_a_token() {
    let stage = Stage::open();
    let asked = stage.ask(House::Facebook, &[("login", "mira")]).await;
    assert_eq!(asked.location.as_ref().and_then(|url| url.fragment()), Some("_=_"));
    let answer = stage.redeem(House::Facebook, &asked.sent("code").unwrap(), &[]).await.json();
    let token = text(&answer, "access_token");
    let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
    let proof_of = |text: &str| -> String {
        hmac::sign(&key, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let (proof, of_another) = (proof_of(token), proof_of("another token"));
    let at = stage.at(House::Facebook);
    let versioned = at.token.replace("/oauth/access_token", "/me");
    for url in [&at.userinfo, &versioned] {
        let good = stage.look(&format!("{url}?fields=id,picture.type(large)&appsecret_proof={proof}"), token).await;
        assert_eq!(good.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "picture"]);
        let bad = stage.look(&format!("{url}?appsecret_proof={of_another}"), token).await;
        assert_eq!((bad.status, &bad.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(100)));
    }
    let form = [("grant_type", "fb_exchange_token"), ("fb_exchange_token", token)];
    let longer = stage.call_token(House::Facebook, &at.token, &form, &[]).await.json();
    assert!(longer["access_token"].is_string() && longer["access_token"] != *token);
}

#[actix_web::test]
async fn a_refresh_at_gitlab_ends_the_old_access_token_too() {
    let stage = Stage::open();
    let code = stage.code(House::Gitlab, "jonas", &[]).await;
    let first = stage.redeem(House::Gitlab, &code, &[]).await.json();
    let profile = stage.look(&stage.at(House::Gitlab).userinfo, text(&first, "access_token")).await.json();
    assert_eq!((&profile["confirmed_at"], &profile["email"]), (&Value::Null, &json!("jonas@example.net")));
    let second = stage.refresh(House::Gitlab, text(&first, "refresh_token")).await.json();
    for (answer, expected) in [(&first, StatusCode::UNAUTHORIZED), (&second, StatusCode::OK)] {
        let reply = stage.look(&stage.at(House::Gitlab).userinfo, text(answer, "access_token")).await;
        assert_eq!(reply.status, expected);
    }
}

#[actix_web::test]
async fn bitbucket_lists_addresses_and_says_which_are_confirmed() {
    let stage = Stage::open();
    let code = stage.code(House::Bitbucket, "mira", &[]).await;
    let answer = stage.redeem(House::Bitbucket, &code, &[]).await.json();
    let emails = stage.look(&stage.at(House::Bitbucket).emails.unwrap(), text(&answer, "access_token")).await.json();
    let values = emails["values"].as_array().unwrap();
    assert_eq!((&values[0]["is_confirmed"], &values[1]["is_confirmed"]), (&json!(false), &json!(true)));
    assert_eq!((&values[1]["is_primary"], &values[1]["email"]), (&json!(true), &json!("mira@example.org")));
}

#[actix_web::test]
async fn what_a_scope_does_not_open_stays_closed() {
    let stage = Stage::open();
    for (house, scope, status) in [
        (House::X, "users.read", 403),
        (House::Gitlab, "openid", 403),
        (House::Bitbucket, "email", 403),
        (House::Discord, "email", 403),
        (House::Windowslive, "wl.emails", 403),
    ] {
        let code = stage.code(house, "mira", &[("scope", scope)]).await;
        let answer = stage.redeem(house, &code, &[]).await.json();
        let reply = stage.look(&stage.at(house).userinfo, text(&answer, "access_token")).await;
        assert_eq!(reply.status.as_u16(), status, "{house:?}: {}", reply.body);
    }
}

#[actix_web::test]
async fn a_token_of_nobody_is_refused_in_the_words_of_the_house() {
    let stage = Stage::open();
    for (house, status, words) in [
        (House::Linkedin, 401, "invalid_token"),
        (House::Discord, 401, r#"{"code":0,"message":"401: Unauthorized"}"#),
        (House::Spotify, 401, r#""error":{"message":"#),
        (House::Twitch, 401, "Invalid OAuth token"),
        (House::Gitlab, 401, "401 Unauthorized"),
        (House::Bitbucket, 401, r#""type":"error""#),
        (House::Workos, 401, "Unauthorized"),
        (House::Entraid, 401, "InvalidAuthenticationToken"),
        (House::Strava, 401, "Authorization Error"),
        (House::Facebook, 400, r#""code":190"#),
        (House::Windowslive, 401, "request_token_invalid"),
        (House::X, 401, "about:blank"),
    ] {
        let reply = stage.look(&stage.at(house).userinfo, "nonsense").await;
        assert_eq!(reply.status.as_u16(), status, "{house:?}: {}", reply.body);
        assert!(reply.body.contains(words), "{house:?}: {}", reply.body);
    }
}
