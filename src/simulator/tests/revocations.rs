//! Tokens that are taken back.

use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use serde_json::json;

use super::{CLIENT_ID, CLIENT_SECRET, House, Stage, apple_secret, basic, oauth2, text};

/// Takes an access token back the way the house wants it; the status.
async fn take_back(stage: &Stage, house: House, url: &str, token: &str) -> StatusCode {
    let basic = basic(CLIENT_SECRET);
    let secret = match house {
        House::Apple => apple_secret(&stage.simulator.apple_private_key(), &json!({})),
        _ => CLIENT_SECRET.to_owned(),
    };
    let in_body = [("client_id", CLIENT_ID), ("client_secret", &secret), ("token", token)];
    let header = [(AUTHORIZATION.as_str(), basic.as_str()), (ACCEPT.as_str(), "application/json")];
    let reply = match house {
        House::Google => stage.send(Method::POST, url, &[], Some(&[("token", token)])).await,
        House::Twitch => stage.send(Method::POST, url, &[], Some(&[("client_id", CLIENT_ID), ("token", token)])).await,
        House::Strava => stage.send(Method::POST, url, &[], Some(&[("access_token", token)])).await,
        House::X => stage.send(Method::POST, url, &header, Some(&[("token", token)])).await,
        House::Facebook => stage.send(Method::DELETE, &format!("{url}?access_token={token}"), &[], None).await,
        House::Github => {
            let request =
                stage.client.delete(url).insert_header(header[0]).insert_header((CONTENT_TYPE, "application/json"));
            return request.send_json(&json!({ "access_token": token })).await.unwrap().status();
        }
        _ => stage.send(Method::POST, url, &[], Some(&in_body)).await,
    };
    reply.status
}

#[actix_web::test]
async fn a_token_that_was_taken_back_opens_nothing_and_refreshes_nothing() {
    let stage = Stage::open();
    let mut houses = 0;
    for house in oauth2() {
        let Some(url) = stage.at(house).revoke else {
            continue;
        };
        houses += 1;
        let code = stage.code(house, "mira", &[("access_type", "offline")]).await;
        let answer = stage.redeem(house, &code, &[]).await.json();
        let token = text(&answer, "access_token");
        assert!(take_back(&stage, house, &url, token).await.is_success(), "{house:?}");
        if let Some(refresh) = answer["refresh_token"].as_str() {
            assert_eq!(stage.refresh(house, refresh).await.status, StatusCode::BAD_REQUEST, "{house:?}");
        }
        let userinfo = stage.at(house).userinfo;
        if !userinfo.is_empty() {
            assert!(stage.look(&userinfo, token).await.status.is_client_error(), "{house:?}");
        }
        assert_eq!(stage.simulator.counts().of(house).revoke, 1, "{house:?}");
    }
    assert_eq!(houses, 9);
}

#[actix_web::test]
async fn nobody_else_takes_a_token_back() {
    let stage = Stage::open();
    for house in [House::Apple, House::Discord, House::Gitlab, House::X, House::Twitch] {
        let reply = stage.send(Method::POST, &stage.at(house).revoke.unwrap(), &[], Some(&[("token", "t")])).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{house:?}");
    }
}
