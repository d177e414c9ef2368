//! Token revocation.

use actix_web::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};
use serde_json::json;

use super::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, TestServer, apple_secret, basic, oauth2, text};

/// Revokes an access token in the way the provider requires; returns the status.
async fn revoke_token(server: &TestServer, provider: SimulatedProvider, url: &str, token: &str) -> StatusCode {
    let basic = basic(CLIENT_SECRET);
    let secret = match provider {
        SimulatedProvider::Apple => apple_secret(&server.simulator.apple_private_key(), &json!({})),
        _ => CLIENT_SECRET.to_owned(),
    };
    let in_body = [("client_id", CLIENT_ID), ("client_secret", &secret), ("token", token)];
    let header = [(AUTHORIZATION.as_str(), basic.as_str()), (ACCEPT.as_str(), "application/json")];
    let reply = match provider {
        SimulatedProvider::Google => server.send(Method::POST, url, &[], Some(&[("token", token)])).await,
        SimulatedProvider::Twitch => {
            server.send(Method::POST, url, &[], Some(&[("client_id", CLIENT_ID), ("token", token)])).await
        }
        SimulatedProvider::Strava => server.send(Method::POST, url, &[], Some(&[("access_token", token)])).await,
        SimulatedProvider::X => server.send(Method::POST, url, &header, Some(&[("token", token)])).await,
        SimulatedProvider::Facebook => {
            server.send(Method::DELETE, &format!("{url}?access_token={token}"), &[], None).await
        }
        SimulatedProvider::Github => {
            let request =
                server.client.delete(url).insert_header(header[0]).insert_header((CONTENT_TYPE, "application/json"));
            return request.send_json(&json!({ "access_token": token })).await.unwrap().status();
        }
        _ => server.send(Method::POST, url, &[], Some(&in_body)).await,
    };
    reply.status
}

#[actix_web::test]
async fn revoked_token_is_rejected_everywhere() {
    let server = TestServer::start();
    let mut providers = 0;
    for provider in oauth2() {
        let Some(url) = server.at(provider).revoke else {
            continue;
        };
        providers += 1;
        let code = server.code(provider, "mira", &[("access_type", "offline")]).await;
        let answer = server.exchange_code(provider, &code, &[]).await.json();
        let token = text(&answer, "access_token");
        assert!(revoke_token(&server, provider, &url, token).await.is_success(), "{provider:?}");
        if let Some(refresh) = answer["refresh_token"].as_str() {
            assert_eq!(server.refresh(provider, refresh).await.status, StatusCode::BAD_REQUEST, "{provider:?}");
        }
        let userinfo = server.at(provider).userinfo;
        if !userinfo.is_empty() {
            assert!(server.get(&userinfo, token).await.status.is_client_error(), "{provider:?}");
        }
        assert_eq!(server.simulator.counts().of(provider).revoke, 1, "{provider:?}");
    }
    assert_eq!(providers, 10);
}

#[actix_web::test]
async fn revocation_requires_the_client() {
    let server = TestServer::start();
    for provider in [
        SimulatedProvider::Apple,
        SimulatedProvider::Discord,
        SimulatedProvider::Gitlab,
        SimulatedProvider::X,
        SimulatedProvider::Twitch,
    ] {
        let reply = server.send(Method::POST, &server.at(provider).revoke.unwrap(), &[], Some(&[("token", "t")])).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{provider:?}");
    }
}
