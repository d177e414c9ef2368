//! Tests of pushed authorization requests.

use super::super::authorize::AuthorizationParams;
use super::super::model::Endpoints;
use super::{NOW, provider, settings_for};
use crate::domain::random::OsRandom;
use crate::domain::secret::Secret;
use crate::oauth::test_server::{TestServer, client};

#[actix_web::test]
async fn pushed_request_gives_the_browser_a_reference() {
    let server = TestServer::always(201, "application/json", r#"{"request_uri":"urn:example:1","expires_in":60}"#);
    let google = provider("google", &settings_for("google")).expect("a provider");
    let plain = google.endpoints().expect("endpoints");
    let offered = Endpoints { pushed_authorization: Some(server.url("/par")), ..plain.clone() };
    let client_credentials = google.credentials(NOW, &OsRandom).expect("credentials");
    let nonce = Secret::new("raw-nonce-0001");
    let params = AuthorizationParams {
        redirect_uri: "https://auth.example.test/cb",
        state: "ST",
        code_challenge: Some("CHALLENGE"),
        nonce: Some(&nonce),
        scopes: &google.scopes,
        parameters: &google.authorization_parameters(&Default::default()),
    };
    assert_eq!(google.push(&client(), &plain, &client_credentials, params).await, Ok(None));
    let url = google.push(&client(), &offered, &client_credentials, params).await.expect("pushed").expect("offered");
    let expected = "https://accounts.google.com/o/oauth2/v2/auth?client_id=CID&request_uri=urn%3Aexample%3A1";
    assert_eq!(url.as_str(), expected);
    let request = &server.requests()[0];
    let sent = google.sent_nonce(&nonce).expect("a nonce");
    assert_eq!(request.field("nonce"), [sent.expose()]);
    assert_eq!((request.field("client_secret"), request.field("state")), (vec!["SEC".into()], vec!["ST".into()]));
}
