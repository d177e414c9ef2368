//! The server of its own, its control API and its overview page.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::{CLIENT_TIMEOUT, SimulatedProvider};
use crate::{Endpoint, Failure, RunningSimulator, Simulator};

#[expect(clippy::disallowed_methods, reason = "a plain client for tests")]
async fn call(simulator: &RunningSimulator, method: &str, path: &str, body: &str) -> (u16, String) {
    let method = method.parse::<actix_web::http::Method>().unwrap();
    let client = awc::Client::builder().timeout(CLIENT_TIMEOUT).finish();
    let url = format!("{}{path}", simulator.base());
    let mut response = client.request(method, url).send_body(body.to_owned()).await.unwrap();
    (response.status().as_u16(), String::from_utf8(response.body().await.unwrap().to_vec()).unwrap())
}

fn json_of((status, body): (u16, String)) -> Value {
    assert!(status < 300, "{status}: {body}");
    serde_json::from_str(&body).unwrap()
}

#[test]
fn server_of_its_own_serves_without_a_runtime_until_it_is_stopped() {
    let simulator = Simulator::start().unwrap();
    let address = simulator.base().socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /oidc/jwks HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 200") && response.contains(r#""kty":"RSA""#), "{response}");
    assert_eq!(simulator.counts().oidc.jwks, 1);
    simulator.stop();
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn public_url_is_in_all_addresses_and_its_path_is_served() {
    let public = "http://simulator.test:9000/sim".parse().unwrap();
    let simulator = Simulator::start_at("127.0.0.1:0", Some(public)).unwrap();
    let issuer = simulator.endpoints(SimulatedProvider::Google).issuer;
    assert_eq!(issuer, "http://simulator.test:9000/sim/google");
}

#[actix_web::test]
async fn control_api_fails_counts_and_resets() {
    let simulator = Simulator::start().unwrap();
    let failure = "control/providers/google/failure";
    let google = json_of(call(&simulator, "PUT", failure, r#"{"name":"server_error","endpoint":"jwks"}"#).await);
    assert_eq!(google["failure"], json!({ "name": "server_error", "endpoint": "jwks", "times": null }));
    assert_eq!(simulator.failure(SimulatedProvider::Google), Some(Failure::ServerError(Endpoint::Jwks)));
    assert_eq!(call(&simulator, "GET", "google/oauth2/v3/certs", "").await.0, 500);
    assert_eq!(json_of(call(&simulator, "GET", "control/counts", "").await)["google"]["jwks"], 1);
    assert_eq!(call(&simulator, "DELETE", failure, "").await.0, 204);
    assert_eq!(call(&simulator, "GET", "google/oauth2/v3/certs", "").await.0, 200);
    json_of(call(&simulator, "PUT", failure, r#"{"name":"wrong_audience","times":1}"#).await);
    let rules = r#"{"expires_in":5,"revoke_on_reuse":true}"#;
    let google = json_of(call(&simulator, "PUT", "control/providers/google/tokens", rules).await);
    assert_eq!(google["tokens"], json!({ "expires_in": 5, "revoke_on_reuse": true, "hold_answers_ms": 0 }));
    assert_eq!(json_of(call(&simulator, "GET", "control/providers/google/grants", "").await), json!([]));
    assert_eq!(call(&simulator, "DELETE", "control/providers/google/tokens", "").await.0, 204);
    assert_eq!(simulator.token_rules(SimulatedProvider::Google), None);
    assert_eq!(call(&simulator, "POST", "control/reset", "").await.0, 204);
    assert_eq!((simulator.failure(SimulatedProvider::Google), simulator.counts().google.jwks), (None, 0));
}

#[actix_web::test]
async fn control_api_says_what_is_wrong() {
    let simulator = Simulator::start().unwrap();
    for (method, path, body, status) in [
        ("GET", "control/providers/nobody", "", 404),
        ("GET", "control/nothing", "", 404),
        ("PUT", "control/providers/google/failure", r#"{"name":"nothing"}"#, 400),
        ("PUT", "control/providers/google/failure", r#"{"name":"slow"}"#, 400),
        ("PUT", "control/providers/google/failure", r#"{"name":"refused","times":0}"#, 400),
        ("PUT", "control/providers/google/failure", r#"{"name":"slow","endpoint":"nowhere"}"#, 400),
        ("PUT", "control/providers/google/tokens", r#"{"expires_in":-1}"#, 400),
        ("PUT", "control/people/kim", r#"{"email":7}"#, 400),
        ("POST", "control/clients", r#"{"secret":"s"}"#, 400),
    ] {
        let (found, message) = call(&simulator, method, path, body).await;
        let message: Value = serde_json::from_str(&message).unwrap();
        assert!(found == status && message["error"].is_string(), "{method} {path} {body}: {found} {message}");
    }
    assert_eq!(simulator.failure(SimulatedProvider::Google), None);
}

#[actix_web::test]
async fn control_api_registers_people_and_clients() {
    let simulator = Simulator::start().unwrap();
    json_of(call(&simulator, "PUT", "control/people/kim", r#"{"name":"Kim","email":null,"picture":false}"#).await);
    let kim = json_of(call(&simulator, "PUT", "control/people/kim", r#"{"email":"k@a.test"}"#).await);
    assert_eq!((&kim["name"], &kim["email"], &kim["picture"]), (&json!("Kim"), &json!("k@a.test"), &json!(false)));
    assert_eq!(kim["subjects"]["oidc"], "person:kim");
    let client = r#"{"id":"mine","redirect_uris":["app:/cb"]}"#;
    json_of(call(&simulator, "POST", "control/clients", client).await);
    let found = simulator.client("mine").unwrap();
    assert_eq!((found.secret, found.redirect_uris), (None, vec!["app:/cb".to_owned()]));
}

#[actix_web::test]
async fn overview_and_index_list_everything_without_foreign_assets() {
    let simulator = Simulator::start().unwrap();
    let (status, page) = call(&simulator, "GET", "", "").await;
    assert_eq!(status, 200);
    let index = json_of(call(&simulator, "GET", "control", "").await);
    for (list, length) in [("providers", 19), ("people", 12), ("failures", 41), ("clients", 1)] {
        let entries = index[list].as_array().unwrap();
        assert_eq!(entries.len(), length, "{list}");
        let key = if matches!(list, "people" | "clients") { "id" } else { "name" };
        assert!(entries.iter().all(|entry| page.contains(entry[key].as_str().unwrap())), "{list}");
    }
    assert!(!page.contains("src=") && page.matches("<link").count() == 1 && !page.contains("<script"), "{page}");
    assert!(page.contains("&lt;b&gt;") && !page.contains("<b>Ó"), "names are escaped");
}
