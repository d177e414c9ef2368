//! Pushed authorization requests (RFC 9126) at a provider that refuses them, or does not answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::support::app::{TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

/// The setting that takes part in tests of outages: after so many in a row a provider is not called for a while.
const BREAKER_LIMIT: usize = 5;

/// A provider whose metadata announces an endpoint for pushed requests, which answers with the current status.
struct Provider {
    origin: String,
    status: Arc<AtomicU16>,
    handle: ServerHandle,
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Provider {
    fn new() -> Self {
        let (listener, origin) = listen();
        let status = Arc::new(AtomicU16::new(201));
        let (issuer, current) = (origin.clone(), Arc::clone(&status));
        let handle = serve(listener, 1, move || {
            let (issuer, current) = (issuer.clone(), Arc::clone(&current));
            move |config: &mut web::ServiceConfig| {
                let metadata = json!({
                    "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/jwks"),
                    "pushed_authorization_request_endpoint": format!("{issuer}/par"),
                });
                let discovery = move || std::future::ready(HttpResponse::Ok().json(&metadata));
                let par = move || {
                    let status = current.load(Ordering::SeqCst);
                    let body = match status {
                        201 => json!({"request_uri": "urn:example:1", "expires_in": 60}),
                        _ => json!({"error": "invalid_client", "error_description": "no such client"}),
                    };
                    let status = StatusCode::from_u16(status).expect("a status");
                    std::future::ready(HttpResponse::build(status).json(body))
                };
                config
                    .route("/.well-known/openid-configuration", web::get().to(discovery))
                    .route("/par", web::post().to(par));
            }
        });
        Self { origin, status, handle }
    }

    fn settings(&self) -> String {
        format!("[providers.acme]\ntype = 'oidc'\nissuer = '{}'\nclient_id = 'cid'\nclient_secret = 's'\n", self.origin)
    }
}

#[actix_web::test]
async fn pushed_request_that_is_refused_is_a_failed_exchange_and_no_outage() {
    let app = TestApp::new();
    let provider = Provider::new();
    let node = app.node_with(&provider.settings()).await;
    let url = format!("{}/signin/provider/acme", node.base);
    for status in [400, 401, 403] {
        provider.status.store(status, Ordering::SeqCst);
        // More often than outages are counted: the provider is not taken for dead.
        for _ in 0..=BREAKER_LIMIT {
            let target = Browser::new().get(&url).await.location_url();
            assert_eq!(target.host_str(), Some("app.test"), "{target}");
            assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-token-echange-failed"), "{status}");
        }
        let script = Browser::new().send("GET", &url, &[("accept", "application/json")], Vec::new()).await;
        script.assert_error(400, "oauth-token-echange-failed");
    }
    provider.status.store(201, Ordering::SeqCst);
    let target = Browser::new().get(&url).await.location();
    assert_eq!(target, format!("{}/authorize?client_id=cid&request_uri=urn%3Aexample%3A1", provider.origin));
}

#[actix_web::test]
async fn pushed_request_at_a_failing_provider_is_an_outage() {
    let app = TestApp::new();
    let provider = Provider::new();
    let node = app.node_with(&provider.settings()).await;
    provider.status.store(503, Ordering::SeqCst);
    let start = Browser::new().get(&format!("{}/signin/provider/acme", node.base)).await;
    start.assert_error(503, "internal-server-error");
    assert!(start.header("retry-after").is_some());
}
