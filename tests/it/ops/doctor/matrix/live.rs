//! A public URL that does not lead to the running service. Each test has servers of its own.

use actix_web::{HttpResponse, web};

use crate::ops::doctor::setup::{JWT_KEY, World};
use crate::ops::doctor::{Diagnosis, diagnose};
use crate::support::app::{Database, Node, listen, serve};

/// The settings of the running node, with another public URL.
async fn elsewhere(world: &World, node: &Node, public_url: &str, more: &str) -> Diagnosis {
    let text = world.app.settings_text(&node.base, more);
    let own = format!("server.public_url = '{}'", node.base);
    let text = text.replace(&own, &format!("server.public_url = '{public_url}'"));
    diagnose(world.folder(), &text, &[]).await
}

/// Asserts that the finding is an error whose remedy names the setting.
fn assert_named(diagnosis: &Diagnosis, id: &str, setting: &str) {
    let finding = diagnosis.finding(id).unwrap_or_else(|| panic!("{id} in\n{}", diagnosis.text));
    let remedy = finding["remedy"].as_str().unwrap_or_default();
    assert!(remedy.contains(setting), "{finding}");
    assert_eq!((&finding["severity"], diagnosis.code), (&"error".into(), 1), "{}", diagnosis.text);
}

async fn running() -> (World, Node) {
    let world = World::on(Database::Sqlite).expect("SQLite is always available");
    let node = world.app.node().await;
    (world, node)
}

#[actix_web::test]
async fn public_url_without_a_listener_is_named() {
    let (world, node) = running().await;
    let diagnosis = elsewhere(&world, &node, "http://127.0.0.1:1", "").await;
    assert_named(&diagnosis, "public-url-unreachable", "server.public_url");
}

#[actix_web::test]
async fn public_url_of_something_else_is_named() {
    let (world, node) = running().await;
    // The simulator knows no such path.
    let (listener, origin) = listen();
    let handle = serve(listener, 1, || |_: &mut web::ServiceConfig| {});
    assert_named(&elsewhere(&world, &node, &origin, "").await, "public-url-foreign", "server.public_url");
    handle.stop(false).await;
}

#[actix_web::test]
async fn redirected_public_url_is_named() {
    let (world, node) = running().await;
    let (listener, origin) = listen();
    let handle = serve(listener, 1, || {
        |config: &mut web::ServiceConfig| {
            let redirect = || async {
                HttpResponse::MovedPermanently().insert_header(("Location", "https://www.example.test/?x=1")).finish()
            };
            config.default_service(web::to(redirect));
        }
    });
    let diagnosis = elsewhere(&world, &node, &origin, "").await;
    assert_named(&diagnosis, "public-url-redirects", "server.public_url");
    assert!(diagnosis.text.contains("https://www.example.test/") && !diagnosis.text.contains("x=1"));
    handle.stop(false).await;
}

#[actix_web::test]
async fn public_url_without_tls_is_named() {
    let (world, node) = running().await;
    let public_url = node.base.replace("http:", "https:");
    assert_named(&elsewhere(&world, &node, &public_url, "").await, "public-url-tls", "server.public_url");
}

#[actix_web::test]
async fn service_with_other_keys_is_named() {
    let (world, node) = running().await;
    let more = format!("keys.jwt = [{{ algorithm = 'ES256', key = '''\n{JWT_KEY}''' }}]");
    assert_named(&elsewhere(&world, &node, &node.base, &more).await, "public-url-other-keys", "keys.jwt");
}
