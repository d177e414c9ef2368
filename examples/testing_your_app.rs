//! Tests of an app that signs users in: with a provider that runs in the test, and without an account anywhere.
//!
//! Run them with `cargo test --example testing_your_app`.

use actix_web::{Responder, get};
use vouchsafe::SignedIn;

/// The app's own route.
#[get("/orders")]
async fn orders(user: SignedIn) -> impl Responder {
    format!("the orders of {}", user.user_id)
}

fn main() {
    println!("This example is its tests: cargo test --example testing_your_app");
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the browser of a test is not the server's HTTP client")]
mod tests {
    use std::net::TcpListener;

    use actix_web::{App, HttpServer, rt, web};
    use awc::{Client, cookie::Cookie};
    use serde_json::{Value, json};
    use url::Url;
    use vouchsafe::{Settings, Vouchsafe};
    use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, Failure, IdTokenFlaw, SimulatedProvider, Simulator};

    /// Serves the app, with `acme` as its provider, and returns its URL.
    async fn serve(simulator: &Simulator) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let issuer = simulator.endpoints(SimulatedProvider::Oidc).issuer;
        let settings = format!(
            "mode = 'development'\nserver.public_url = '{url}/auth'\nclient.url = '{url}/'\ndatabase.url = 'sqlite::memory:'\n\
             development.simulator = false\n[providers.acme]\ntype = 'oidc'\nissuer = '{issuer}'\n\
             client_id = '{CLIENT_ID}'\nclient_secret = '{CLIENT_SECRET}'\n"
        );
        let vouchsafe = Vouchsafe::build(Settings::from_toml(&settings).expect("settings")).await.expect("built");
        let app = move || {
            let auth = web::scope("/auth").configure(vouchsafe.routes());
            App::new().app_data(vouchsafe.clone()).service(auth).service(super::orders)
        };
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).expect("listening");
        rt::spawn(server.run());
        url
    }

    /// Signs in as one of the simulator's people and returns the URL to which the app sends the browser at the end.
    async fn sign_in(app: &str, person: &str) -> Url {
        let client = Client::builder().disable_redirects().finish();
        let mut cookies: Vec<Cookie<'static>> = Vec::new();
        let mut next = format!("{app}/auth/signin/provider/acme");
        loop {
            let mut request = client.get(&next);
            for cookie in &cookies {
                request = request.cookie(cookie.clone());
            }
            let answer = request.send().await.expect("an answer");
            cookies.extend(answer.cookies().expect("cookies").iter().cloned());
            let location = answer.headers().get("location").expect("a redirect").to_str().expect("a URL").to_owned();
            if location.starts_with(&format!("{app}/?")) {
                return location.parse().expect("a URL");
            }
            // At the provider, the person is chosen by a parameter instead of a click.
            let is_callback = location.contains("/callback");
            next = if is_callback { location } else { format!("{location}&login_hint={person}") };
        }
    }

    #[actix_web::test]
    async fn user_signs_in_and_sees_their_orders() {
        let simulator = Simulator::start().expect("started");
        let app = serve(&simulator).await;
        let back = sign_in(&app, "mira").await;
        let (_, token) = back.query_pairs().find(|(name, _)| name == "refreshToken").expect("signed in");
        let request = Client::default().post(format!("{app}/auth/token"));
        let mut answer = request.send_json(&json!({"refreshToken": token})).await.expect("an answer");
        let session: Value = answer.json().await.expect("a session");
        let request = Client::default()
            .get(format!("{app}/orders"))
            .bearer_auth(session["accessToken"].as_str().expect("a token"));
        let orders = request.send().await.expect("an answer").body().await.expect("a text");
        assert_eq!(orders, format!("the orders of {}", session["user"]["id"].as_str().expect("an id")));
        assert_eq!(Client::default().get(format!("{app}/orders")).send().await.expect("an answer").status(), 401);
    }

    #[actix_web::test]
    async fn token_for_another_app_is_refused() {
        let simulator = Simulator::start().expect("started");
        let app = serve(&simulator).await;
        simulator.fail(SimulatedProvider::Oidc, Failure::IdToken(IdTokenFlaw::Audience));
        let back = sign_in(&app, "mira").await;
        assert!(back.query_pairs().any(|(name, _)| name == "error"), "{back}");
        assert!(!back.query_pairs().any(|(name, _)| name == "refreshToken"), "{back}");
    }
}
