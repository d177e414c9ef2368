//! Authorization requests that go to the provider ahead of the browser.

use super::super::Endpoints;
use super::super::authorize::Asking;
use super::{NOW, provider, set};
use crate::domain::entropy::SystemEntropy;
use crate::domain::secret::Secret;
use crate::oauth::testing::{Endpoints as Server, client};

#[actix_web::test]
async fn where_it_is_offered_the_browser_carries_a_reference() {
    let server = Server::always(201, "application/json", r#"{"request_uri":"urn:example:1","expires_in":60}"#);
    let google = provider("google", &set("google")).expect("a provider");
    let plain = google.endpoints().expect("endpoints");
    let offered = Endpoints { pushed_authorization: Some(server.url("/par")), ..plain.clone() };
    let me = google.credentials(NOW, &SystemEntropy).expect("credentials");
    let nonce = Secret::new("raw-nonce-0001");
    let asking = Asking {
        redirect_uri: "https://auth.example.test/cb",
        state: "ST",
        code_challenge: Some("CHALLENGE"),
        nonce: Some(&nonce),
        parameters: &google.authorize_parameters(&Default::default()),
    };
    assert_eq!(google.push(&client(), &plain, &me, asking).await, Ok(None));
    let url = google.push(&client(), &offered, &me, asking).await.expect("pushed").expect("offered");
    let expected = "https://accounts.google.com/o/oauth2/v2/auth?client_id=CID&request_uri=urn%3Aexample%3A1";
    assert_eq!(url.as_str(), expected);
    let asked = &server.asked()[0];
    let sent = google.nonce_sent(&nonce).expect("a nonce");
    assert_eq!(asked.field("nonce"), [sent.expose()]);
    assert_eq!((asked.field("client_secret"), asked.field("state")), (vec!["SEC".into()], vec!["ST".into()]));
}
