//! Searches logs, errors, database and write-ahead log for every secret of complete journeys.
//!
//! A separate process logs at the most verbose level. Its log, all error responses, the database and its write-ahead
//! log are searched for every token, code, verifier, sealed flow and key.

mod secrets;
mod tap;

use serde_json::{Value, json};
use vouchsafe_simulator::{CLIENT_SECRET, Endpoint, Failure, SimulatedProvider};

use crate::support::app::{CHALLENGE, Database, TestApp, VERIFIER, access_token, parameter, refresh_token};
use crate::support::browser::{Browser, Response};
use crate::support::process::{Process, real_time_app};
use secrets::Secrets;
use tap::Tap;

/// Journeys at one process, their secrets, and the recorded error responses.
struct Journey {
    base: String,
    browser: Browser,
    secrets: Secrets,
    /// Error responses, which clients display, log and forward.
    refusals: Vec<u8>,
    /// States are not secret to the browser: it may learn which sign-in failed.
    states: Vec<String>,
}

impl Journey {
    fn new(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            browser: Browser::new(),
            secrets: Secrets::default(),
            refusals: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Records an error response.
    fn refused(&mut self, response: &Response) {
        for (name, value) in &response.headers {
            self.refusals.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        self.refusals.extend(&response.body);
    }

    /// Authorizes as `persona`; returns the callback's URL, not yet followed.
    async fn authorize(&mut self, provider: &str, query: &str, persona: &str) -> String {
        let start = self.browser.get(&format!("{}/signin/provider/{provider}?{query}", self.base)).await;
        let callback = self.browser.get(&format!("{}&login={persona}", start.location())).await.location_url();
        for sealed in self.browser.jar.values() {
            self.secrets.add("sealed flow", sealed);
        }
        self.states.push(parameter(&callback, "state").expect("a state"));
        self.secrets.add("authorization code", &parameter(&callback, "code").expect("a code"));
        callback.into()
    }

    /// Follows the callback; returns the credential in the return URL.
    async fn finish(&mut self, callback: &str, what: &'static str) -> String {
        let home = self.browser.get(callback).await.location_url();
        let brought = parameter(&home, what).unwrap_or_else(|| panic!("{what} in {home}"));
        self.secrets.add(what, &brought);
        brought
    }

    async fn post(&mut self, path: &str, body: Value) -> Response {
        let response = self.browser.post_json(&format!("{}{path}", self.base), &body).await;
        if response.status >= 400 {
            self.refused(&response);
        }
        response
    }

    fn session(&mut self, response: &Response) -> Value {
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        let session = if body["session"].is_object() { body["session"].clone() } else { body };
        self.secrets.add("access token", access_token(&session));
        self.secrets.add("refresh token", refresh_token(&session));
        session
    }

    async fn tokens(&mut self, provider: &str, session: &Value) -> Response {
        let url = format!("{}/v1/signin/provider/{provider}/callback/tokens", self.base);
        let response = self.browser.get_as(&url, access_token(session)).await;
        if response.status >= 400 {
            self.refused(&response);
        }
        response
    }

    /// Every successful journey.
    async fn walk_success(&mut self) -> Value {
        let callback = self.authorize("google", "state=of-the-app", "mira").await;
        let first = self.finish(&callback, "refreshToken").await;
        let response = self.post("/token", json!({"refreshToken": first})).await;
        let session = self.session(&response);
        let bearer = access_token(&session).to_owned();
        assert_eq!(self.browser.get_as(&format!("{}/user", self.base), &bearer).await.status, 200);
        let tokens = self.tokens("google", &session).await.json();
        let renew = json!({"refreshToken": tokens["refreshToken"]});
        let url = format!("{}/v1/token/provider/google", self.base);
        assert_eq!(self.browser.post_json_as(&url, &bearer, &renew).await.status, 200);

        let callback = self.authorize("github", &format!("connect={bearer}"), "jonas").await;
        self.browser.get(&callback).await.location_url();

        let callback = self.authorize("google", &format!("codeChallenge={CHALLENGE}"), "aiko").await;
        let code = self.finish(&callback, "code").await;
        let right = json!({"code": code, "codeVerifier": VERIFIER});
        let response = self.post("/token/exchange", right.clone()).await;
        self.session(&response);
        assert_eq!(self.post("/token/exchange", right).await.status, 400, "spent");

        // The other dialect: a redeemed ticket, and its own tokens.
        let challenge = "api/auth/external/challenge/google?callbackUrl=https://app.test/signed-in";
        let start = self.browser.get(&format!("{}/{challenge}", self.base)).await;
        let callback = self.browser.get(&format!("{}&login=user-7", start.location())).await.location();
        self.browser.get(&callback).await.location_url();
        for sealed in self.browser.jar.values() {
            self.secrets.add("ticket", sealed);
        }
        let headers = [("Origin", "https://app.test"), ("Accept", "application/json")];
        let redeem = format!("{}/api/auth/signin/external", self.base);
        let response = self.browser.fetch("POST", &redeem, &headers, "").await;
        assert_eq!(response.status, 200, "{}", response.text());
        self.secrets.add("access token", response.json()["access_token"].as_str().expect("a token"));
        for cookie in self.browser.jar.values() {
            self.secrets.add("refresh token", cookie);
        }
        let again = self.browser.fetch("POST", &redeem, &headers, "").await;
        assert_eq!(again.status, 401);
        self.refused(&again);

        // Left unfinished: sealed tokens in the vault, a pending code, an abandoned flow.
        self.authorize("oidc", "", "mira").await;
        let callback = self.authorize("google", &format!("codeChallenge={CHALLENGE}"), "aiko").await;
        self.finish(&callback, "code").await;
        session
    }

    /// Provider tokens that the service keeps: handed out, refreshed and lost.
    async fn walk_kept_tokens(&mut self, app: &TestApp) {
        let callback = self.authorize("oidc", "", "rosa").await;
        let first = self.finish(&callback, "refreshToken").await;
        let response = self.post("/token", json!({"refreshToken": first})).await;
        let session = self.session(&response);
        let url = format!("{}/user/providers/oidc/token", self.base);
        for _ in 0..2 {
            let kept = self.browser.get_as(&url, access_token(&session)).await;
            assert_eq!(kept.status, 200, "{}", kept.text());
            self.secrets.add("kept access token", access_token(&kept.json()));
            app.execute("UPDATE grants SET good_until = 1, updated_at = 1").await;
        }
        app.simulator.fail(SimulatedProvider::Oidc, Failure::RefreshRefused);
        let lost = self.browser.get_as(&url, access_token(&session)).await;
        lost.assert_error(409, "needs-reauthorization");
        self.refused(&lost);
        app.simulator.recover(SimulatedProvider::Oidc);
    }

    /// An operator looks at a user, and ends the sessions. What operators see is searched, too.
    async fn operate(&mut self, session: &Value) {
        let user = format!("{}/admin/users/{}", self.base, session["user"]["id"].as_str().expect("an id"));
        for path in ["", "/sessions", "/audit"] {
            let shown = self.browser.get_as(&format!("{user}{path}"), ADMIN_TOKEN).await;
            assert_eq!(shown.status, 200, "{}", shown.text());
            self.refused(&shown);
        }
        let url = format!("{user}/sign-out");
        assert_eq!(self.browser.post_json_as(&url, ADMIN_TOKEN, &json!({})).await.status, 204);
        let refused = self.browser.get_as(&user, &ADMIN_TOKEN[1..]).await;
        assert_eq!(refused.status, 401);
        self.refused(&refused);
    }

    /// Every failing journey.
    async fn walk_failure(&mut self, app: &TestApp, session: &Value) {
        let bearer = access_token(session).to_owned();
        for _ in 0..2 {
            assert_eq!(self.tokens("google", session).await.status, 400);
        }
        let url = format!("{}/user", self.base);
        let broken = self.browser.get_as(&url, &format!("{bearer}x")).await;
        assert_eq!(broken.status, 401);
        self.refused(&broken);
        assert_eq!(self.post("/token/exchange", json!({"code": "x", "codeVerifier": VERIFIER})).await.status, 400);
        for body in [json!({"accessToken": bearer, "refreshToken": 7}), json!({"refreshToken": bearer})] {
            assert!(self.post("/token", body).await.status >= 400);
        }
        let id_token = json!({"provider": "google", "idToken": bearer, "nonce": VERIFIER});
        assert!(self.post("/signin/idtoken", id_token).await.status >= 400);
        let url = format!("{}/token/provider/google", self.base);
        let response = self.browser.post_json_as(&url, &bearer, &json!({"refreshToken": bearer})).await;
        assert!(response.status >= 400);
        self.refused(&response);

        for failure in [
            Failure::BadCode,
            Failure::ServerError(Endpoint::Token),
            Failure::MalformedJson(Endpoint::Token),
            Failure::ServerError(Endpoint::Userinfo),
            Failure::MalformedJson(Endpoint::Userinfo),
        ] {
            app.simulator.fail(SimulatedProvider::Github, failure);
            let callback = self.authorize("github", "", "mira").await;
            let home = self.browser.get(&callback).await;
            assert!(parameter(&home.location_url(), "error").is_some(), "{failure:?}: {}", home.location());
            self.refused(&home);
            app.simulator.recover(SimulatedProvider::Github);
        }
        // Repeated, at the wrong route, without its cookie, and with an altered one.
        let callback = self.authorize("google", "", "mira").await;
        let other = self.browser.peek(&callback.replace("/google/", "/github/")).await;
        self.refused(&other);
        let without_cookie = Browser::new().peek(&callback).await;
        self.refused(&without_cookie);
        let mut forger = Browser::new();
        forger.jar = self.browser.jar.iter().map(|(name, sealed)| (name.clone(), format!("{sealed}A"))).collect();
        let forged = forger.peek(&callback).await;
        self.refused(&forged);
        let token = self.finish(&callback, "refreshToken").await;
        let again = self.browser.peek(&callback).await;
        self.refused(&again);
        // A refresh token two generations old, within the grace.
        let mut next = token.clone();
        for _ in 0..2 {
            let response = self.post("/token", json!({"refreshToken": next})).await;
            next = self.session(&response)["refreshToken"].as_str().expect("a token").to_owned();
        }
        assert_eq!(self.post("/token", json!({"refreshToken": token})).await.status, 200);
    }
}

/// What signs the messages of a webhook whose receiver does not listen, so that their bodies stay in the database.
const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The token of the routes for operators.
const ADMIN_TOKEN: &str = "5c1e9d0b7f3a4d6c8e2f1a0b9c8d7e6f";

/// Runs all journeys and searches everything that was written.
async fn check_no_leaks(database: Database) {
    let Some(app) = real_time_app(database) else { return };
    let tap = Tap::before(&app);
    let operators = format!(
        "[admin]\ntoken = 'mira:{ADMIN_TOKEN}'\n\
         [webhooks.canary]\nurl = 'http://127.0.0.1:9/'\nsecret = '{WEBHOOK_SECRET}'\n"
    );
    let oidc = app.simulator.endpoints(SimulatedProvider::Oidc).token;
    let kept = format!("[providers.oidc]\ncustody = 'managed'\ntoken_url = '{oidc}'\n");
    let process =
        Process::start(&app, "trace", |settings| tap.edit(settings.replace("[providers.oidc]\n", &kept)) + &operators);
    let mut journey = Journey::new(&process.base);
    let began = secrets::write_ahead_log(&app).await;
    let session = journey.walk_success().await;
    journey.walk_failure(&app, &session).await;
    journey.walk_kept_tokens(&app).await;
    journey.operate(&session).await;
    journey.secrets.add("app's verifier", VERIFIER);
    journey.secrets.add("client secret", CLIENT_SECRET);
    journey.secrets.add("operator's token", ADMIN_TOKEN);
    journey.secrets.add("secret of a webhook", &WEBHOOK_SECRET["whsec_".len()..]);
    assert!(app.count("webhook_messages").await > 10, "their bodies are searched below");
    journey.secrets.add_keys(&app);
    tap.tell(&mut journey.secrets);
    assert!(journey.secrets.len() > 60, "{} secrets", journey.secrets.len());

    let written = secrets::written(&app, began.as_deref()).await;
    assert!(journey.refusals.len() > 1000, "{} bytes of errors", journey.refusals.len());
    assert_eq!(journey.secrets.found_in(&journey.refusals), Vec::<String>::new(), "in an error response");
    for state in &journey.states {
        journey.secrets.add("state", state);
    }
    let records = journey.browser.get_as(&format!("{}/admin/flows?limit=500", process.base), ADMIN_TOKEN).await;
    assert!(records.json()["flows"].as_array().is_some_and(|flows| flows.len() > 10), "{}", records.text());
    assert_eq!(journey.secrets.found_in(&records.body), Vec::<String>::new(), "in the records of flows");
    let log = std::fs::read(&process.log).expect("a log");
    assert!(log.len() > 50_000, "only {} bytes of log", log.len());
    assert_eq!(journey.secrets.found_in(&log), Vec::<String>::new(), "in the log");
    for (place, bytes) in written {
        assert_eq!(journey.secrets.found_in(&bytes), Vec::<String>::new(), "in {place}");
    }

    // A value that is not sealed is found in the data file and in the write-ahead log.
    let token = refresh_token(&session);
    app.execute(&format!("UPDATE users SET display_name = '{token}'")).await;
    let written = secrets::written(&app, began.as_deref()).await;
    let places = written.iter().filter(|(_, bytes)| !journey.secrets.found_in(bytes).is_empty()).count();
    assert!(places >= if database == Database::Sqlite { 1 } else { 2 }, "found in {places} places");
}

#[actix_web::test]
async fn secrets_never_appear_in_logs_or_database_sqlite() {
    check_no_leaks(Database::Sqlite).await;
}

#[actix_web::test]
async fn secrets_never_appear_in_logs_or_database_postgres() {
    check_no_leaks(Database::Postgres).await;
}
