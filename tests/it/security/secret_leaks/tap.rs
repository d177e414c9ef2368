//! A proxy in front of the providers' token endpoints that records the codes, verifiers and tokens that pass.

use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;
use vouchsafe_simulator::SimulatedProvider;

use super::secrets::Secrets;
use crate::support::app::{TestApp, listen, serve};
use crate::support::browser::Browser;

const HOUSES: [SimulatedProvider; 3] = [SimulatedProvider::Google, SimulatedProvider::Github, SimulatedProvider::Oidc];

/// The secret parameters of a request and members of a response.
const SECRETS: &[&str] = &["code", "code_verifier", "client_secret", "access_token", "refresh_token", "id_token"];

/// A recording proxy.
pub struct Tap {
    origin: String,
    endpoints: Vec<(String, String)>,
    heard: Arc<Mutex<Vec<String>>>,
    handle: ServerHandle,
}

impl Drop for Tap {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl Tap {
    /// Starts a proxy in front of the app's providers.
    pub fn before(app: &TestApp) -> Self {
        let (listener, origin) = listen();
        let endpoint =
            |house: SimulatedProvider| (format!("/{}", house.name()), app.simulator.endpoints(house).token.to_string());
        let endpoints: Vec<_> = HOUSES.into_iter().map(endpoint).collect();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (routes, ear) = (endpoints.clone(), Arc::clone(&heard));
        let handle = serve(listener, 1, move || {
            let (routes, ear) = (routes.clone(), Arc::clone(&ear));
            move |config: &mut web::ServiceConfig| {
                for (path, to) in routes {
                    let ear = Arc::clone(&ear);
                    let pass = move |request, body| pass_on(request, body, to.clone(), Arc::clone(&ear));
                    config.route(&path, web::post().to(pass));
                }
            }
        });
        Self { origin, endpoints, heard, handle }
    }

    /// Replaces the token endpoints in the settings by the proxy's.
    pub fn edit(&self, settings: String) -> String {
        self.endpoints.iter().fold(settings, |settings, (path, endpoint)| {
            let edited = settings.replace(&format!("'{endpoint}'"), &format!("'{}{path}'", self.origin));
            assert_ne!(edited, settings, "{endpoint} is in the settings");
            edited
        })
    }

    /// Adds every recorded secret.
    pub fn tell(&self, secrets: &mut Secrets) {
        for text in self.heard.lock().expect("not poisoned").iter() {
            for secret in SECRETS {
                let fields = url::form_urlencoded::parse(text.as_bytes());
                for (_, value) in fields.filter(|(name, _)| name == secret) {
                    secrets.add(&format!("{secret} in a form"), &value);
                }
                if let Some(value) =
                    serde_json::from_str::<Value>(text).ok().as_ref().and_then(|json| json[secret].as_str())
                {
                    secrets.add(&format!("{secret} in a response"), value);
                }
            }
            if let Some(credentials) = text.strip_prefix("Basic ") {
                secrets.add("client's credentials", credentials);
            }
        }
    }
}

async fn pass_on(request: HttpRequest, body: web::Bytes, to: String, ear: Arc<Mutex<Vec<String>>>) -> HttpResponse {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().expect("text").to_owned());
    let headers: Vec<_> = ["content-type", "authorization", "accept"]
        .into_iter()
        .filter_map(|name| Some((name, header(name)?)))
        .collect();
    let lent: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let response = Browser::new().send("POST", &to, &lent, body.to_vec()).await;
    let mut heard = ear.lock().expect("not poisoned");
    heard.extend(header("authorization"));
    heard.extend([String::from_utf8_lossy(&body).into_owned(), response.text()]);
    let status = StatusCode::from_u16(response.status).expect("a status");
    let kind = response.header("content-type").unwrap_or("application/json").to_owned();
    HttpResponse::build(status).content_type(kind).body(response.body)
}
