//! Providers and return URLs that the host defines in code.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use vouchsafe::Clock;
use vouchsafe::Secret;
use vouchsafe::{CustomProvider, Unavailable, Vouchsafe};
use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider};

use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

#[actix_web::test]
async fn users_of_providers_that_the_host_defines_sign_in() {
    let app = TestApp::new();
    let [oidc, github] = [SimulatedProvider::Oidc, SimulatedProvider::Github].map(|at| app.simulator.endpoints(at));
    let acme = CustomProvider::oidc("acme", &oidc.issuer, CLIENT_ID).client_secret(CLIENT_SECRET).label("Acme");
    let is_down = Arc::new(AtomicBool::new(false));
    let (userinfo, fails) = (github.userinfo.clone(), Arc::clone(&is_down));
    let hub = CustomProvider::oauth2("hub", &github.authorize, &github.token, CLIENT_ID)
        .client_secret(CLIENT_SECRET)
        .claim("name", "login")
        .profile(move |token: Secret| {
            let (userinfo, fails) = (userinfo.clone(), fails.load(Ordering::Relaxed));
            async move {
                if fails {
                    return Err(Unavailable("the hub is down".to_owned()));
                }
                let bearer = format!("Bearer {}", token.expose());
                let headers = [("Authorization", bearer.as_str()), ("User-Agent", "the host")];
                Ok(Browser::new().send("GET", &userinfo, &headers, Vec::new()).await.json())
            }
        });
    let (listener, origin) = listen();
    let clock = Arc::clone(&app.clock) as Arc<dyn Clock>;
    let builder = Vouchsafe::builder(app.settings(&origin, "")).clock(clock).provider(acme).provider(hub);
    let builder = builder.redirect_check(|url| url.host_str().is_some_and(|host| host.ends_with(".tenants.test")));
    let vouchsafe = builder.build().await.expect("built");
    let settings = app.settings(&origin, "");
    let routes = vouchsafe.clone();
    let node = Node::at(origin, serve(listener, 1, move || routes.routes()));

    let mira = node.session(&mut Browser::new(), "acme", "mira").await;
    assert_eq!((&mira["user"]["displayName"], &mira["user"]["emailVerified"]), (&"Mira Okafor".into(), &true.into()));
    let aiko = node.session(&mut Browser::new(), "hub", "aiko").await;
    assert_eq!(aiko["user"]["displayName"], "aikot");
    is_down.store(true, Ordering::Relaxed);
    let target = node.sign_in(&mut Browser::new(), "hub", "", "aiko").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("oauth-profile-fetch-failed"));

    // A reload brings settings without them.
    vouchsafe.reload(settings).await.expect("reloaded");
    let target = node.sign_in(&mut Browser::new(), "acme", "redirectTo=https://a.tenants.test/in", "mira").await;
    assert_eq!(target.host_str(), Some("a.tenants.test"));
    assert!(parameter(&target, "refreshToken").is_some(), "{target}");
    for foreign in ["https://tenants.test.evil.test/", "tenants://a.tenants.test/", "https://a.tenants.test/../x"] {
        let start = format!("{}/signin/provider/acme?redirectTo={foreign}", node.base);
        Browser::new().peek(&start).await.assert_error(400, "redirectTo-not-allowed");
    }
}

#[actix_web::test]
async fn faulty_provider_of_the_host_is_refused_with_its_keys() {
    let app = TestApp::new();
    let acme = CustomProvider::oauth2("acme", "https://acme.test/authorize", "https://acme.test/token", CLIENT_ID);
    let error = Vouchsafe::builder(app.settings("http://127.0.0.1:1", "")).provider(acme).build().await;
    let error = error.expect_err("refused").to_string();
    for key in ["providers.acme.userinfo_url", "providers.acme.client_secret"] {
        assert!(error.contains(key), "{key}: {error}");
    }
}
