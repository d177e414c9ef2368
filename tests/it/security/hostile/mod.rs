//! A table of what a hostile provider, or a hostile page in front of it, can send: each row changes one thing of an honest
//! sign-in. Refused rows say how far the service may go; good neighbours sign in.

mod backends;
mod browser;
mod conformance;
mod endpoints;
mod good;
mod id_tokens;
mod lie;
mod linking;
mod provider;
mod receivers;
mod refresh;
mod row;
mod transport;

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;
use futures_util::StreamExt as _;
use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;
use vouchsafe::{Clock, SystemClock};

use crate::support::app::{Database, TestApp, parameter};
use crate::support::browser::{Browser, Response};
use crate::support::process::{Process, real_time_app};
use lie::{Arrival, CANARY, CLIENT_SECRET, Lie, METADATA, b64};
use provider::HostileProvider;
use row::{Expected, Kind, Row, Table};

/// How many sign-ins are under way at once.
const CONCURRENT: usize = 8;

/// All rows.
fn table() -> Vec<Row> {
    let mut table = Table::default();
    // The first row's account is the one that others are after.
    linking::rows(&mut table);
    browser::rows(&mut table);
    id_tokens::rows(&mut table);
    endpoints::rows(&mut table);
    good::rows(&mut table);
    let repeated = conformance::form_posts(&table.0);
    table.0.extend(repeated);
    table.0
}

/// The names of all rows.
pub(super) fn names() -> Vec<String> {
    table().into_iter().map(|row| row.name).collect()
}

/// The name of a row's provider.
fn provider_of(position: usize) -> String {
    format!("h{position}")
}

/// The settings of a provider at this origin.
fn section(origin: &str, name: &str, kind: Kind) -> String {
    let at = format!("{origin}/{name}");
    let endpoints = match kind {
        Kind::Oidc => format!("type = 'oidc'\nissuer = '{at}'\n"),
        Kind::OAuth2 => format!(
            "type = 'oauth2'\nauthorization_url = '{at}/authorize'\ntoken_url = '{at}/token'\nuserinfo_url = '{at}/me'\n"
        ),
    };
    format!("[providers.{name}]\nclient_id = 'cid'\nclient_secret = '{CLIENT_SECRET}'\n{endpoints}")
}

fn settings(origin: &str, rows: &[Row]) -> String {
    rows.iter().enumerate().map(|(position, row)| section(origin, &provider_of(position), row.kind)).collect()
}

/// Runs the rows, so many at once; panics with those that went wrong.
async fn run_all(base: &str, hostile: &HostileProvider, rows: &[Row], concurrent: usize) {
    let first = (0, run(base, hostile, 0, &rows[0]).await);
    let runs = rows.iter().enumerate().skip(1);
    let runs = runs.map(|(position, row)| async move { (position, run(base, hostile, position, row).await) });
    let mut results: Vec<_> = futures_util::stream::iter(runs).buffer_unordered(concurrent).collect().await;
    results.push(first);
    let failed: Vec<_> = results
        .into_iter()
        .filter_map(|(position, result)| {
            Some(format!("{} {}: {}", rows[position].part, rows[position].name, result.err()?))
        })
        .collect();
    assert!(failed.is_empty(), "{} of {} rows:\n{}", failed.len(), rows.len(), failed.join("\n"));
}

/// What became of a row; an error is a text that says what is wrong.
async fn run(base: &str, hostile: &HostileProvider, position: usize, row: &Row) -> Result<(), String> {
    let name = provider_of(position);
    let mut lie = Lie::honest(&hostile.origin, &name, SystemClock.now().seconds());
    (row.change)(&mut lie);
    for endpoint in [METADATA, "jwks", "me"] {
        hostile.set(&name, endpoint, lie.reply(endpoint, ""));
    }
    for (endpoint, reply) in &lie.replies {
        hostile.set(&name, endpoint, reply.clone());
    }
    let mut browser = Browser::new();
    let route = |provider: &str| format!("{base}/signin/provider/{provider}");
    let start = browser.get(&(route(&name) + &lie.start)).await;
    let hits = |endpoint: &str| hostile.requests(&name).hits.get(endpoint).copied().unwrap_or(0);
    if let Expected::NotStarted { error } = row.expected {
        let seen = seen_error(&start);
        let others = ["jwks", "token", "me", "other"].map(hits);
        return if seen.as_deref() == Some(error) && others == [0; 4] {
            Ok(())
        } else {
            Err(format!("{} {seen:?}, requests {others:?}", start.status))
        };
    }
    if start.status != 302 {
        return Err(format!("did not start: {} {}", start.status, start.text()));
    }
    let authorize = start.location_url();
    let names: Vec<_> = authorize.query_pairs().map(|(name, _)| name.into_owned()).collect();
    if names.iter().collect::<BTreeSet<_>>().len() != names.len() || authorize.as_str().contains("evil.test") {
        return Err(format!("the authorization request is not ours alone: {authorize}"));
    }
    let sent = |name: &str| parameter(&authorize, name).unwrap_or_default();
    hostile.set(&name, "token", lie.reply("token", &sent("nonce")));
    let response = arrive(&mut browser, &route, &lie, &sent("state")).await;
    let seen = seen_error(&response);
    let target = response.header("location").and_then(|target| target.parse::<Url>().ok());
    let token = target.as_ref().and_then(|target| parameter(target, "refreshToken"));
    let requests = ["token", "me", "other"].map(hits);
    check_request(hostile, &name, &authorize)?;
    check_text(&response, &sent("state"), &lie, row.expected)?;
    match row.expected {
        Expected::SignedIn if token.is_some() && seen.is_none() && requests[0] == 1 && requests[2] == 0 => Ok(()),
        Expected::Refused { error, token: at_token, userinfo }
            if token.is_none() && seen.as_deref() == Some(error) && requests == [at_token, userinfo, 0] =>
        {
            Ok(())
        }
        _ => Err(format!("{} {seen:?}, requests {requests:?}, signed in: {}", response.status, token.is_some())),
    }
}

/// The error in a redirect or in JSON.
fn seen_error(response: &Response) -> Option<String> {
    if matches!(response.status, 302 | 303) {
        return parameter(&response.location_url(), "error");
    }
    serde_json::from_slice::<serde_json::Value>(&response.body).ok()?["error"].as_str().map(str::to_owned)
}

/// Comes back from the provider; the answer is the one that counts.
async fn arrive(browser: &mut Browser, route: &impl Fn(&str) -> String, lie: &Lie, state: &str) -> Response {
    let provider = if lie.arrival == Arrival::OtherProvider { "google" } else { lie.row.as_str() };
    let filled = lie.callback.iter().map(|(name, value)| (name, value.replace("{state}", state)));
    let parameters = Serializer::new(String::new()).extend_pairs(filled).finish();
    let callback = format!("{}/callback", route(provider));
    match lie.arrival {
        Arrival::FormPost => {
            let posted = browser.post_form_cross_site(&callback, &parameters).await;
            let next: Url = callback.parse::<Url>().and_then(|url| url.join(&posted.location())).expect("a URL");
            return browser.get(next.as_str()).await;
        }
        Arrival::OtherBrowser => browser.jar.clear(),
        Arrival::ChangedCookie => browser.jar.values_mut().for_each(|sealed| sealed.push('A')),
        Arrival::Redirect | Arrival::OtherProvider => {}
    }
    browser.get(&format!("{callback}?{parameters}")).await
}

/// The last token request has the redirect URI of the authorization request and the verifier of its challenge.
fn check_request(hostile: &HostileProvider, name: &str, authorize: &Url) -> Result<(), String> {
    if let Some(body) = hostile.requests(name).token_bodies.last() {
        let form: BTreeMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let challenge =
            b64(digest::digest(&digest::SHA256, form.get("code_verifier").map_or("", String::as_str).as_bytes()));
        let is_bound = Some(&challenge) == parameter(authorize, "code_challenge").as_ref();
        let is_same_redirect = form.get("redirect_uri") == parameter(authorize, "redirect_uri").as_ref();
        if !is_bound || !is_same_redirect || form.get("grant_type").map(String::as_str) != Some("authorization_code") {
            return Err("the token request is not that of this sign-in".to_owned());
        }
    }
    Ok(())
}

/// No secret, no markup and no credential is in what the browser gets.
fn check_text(response: &Response, state: &str, lie: &Lie, expected: Expected) -> Result<(), String> {
    let headers: String = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let text = headers.clone() + &response.text();
    // What the provider says of its error is passed on, encoded.
    let is_error = lie.callback.iter().any(|(name, _)| name == "error");
    if text.contains(CANARY) && !is_error {
        return Err(format!("a secret is in the response: {text}"));
    }
    if ["<script>alert", "<img src=x", "onerror=alert(1)>"].iter().any(|markup| text.contains(markup))
        || headers.contains("evil.test\n")
    {
        return Err(format!("markup of the provider is in the response: {text}"));
    }
    if expected != Expected::SignedIn {
        let sets = response.cookies().into_iter().filter(|cookie| !cookie.contains("Max-Age=0")).count();
        if sets > 0 || text.contains("refreshToken=") {
            return Err("a refusal sets a cookie or has a credential".to_owned());
        }
    }
    if state.len() < 22 {
        return Err(format!("the state {state:?} is short"));
    }
    Ok(())
}

#[actix_web::test]
async fn hostile_provider_is_refused_and_good_neighbours_sign_in() {
    let rows = table();
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let hostile = HostileProvider::new();
    let process = Process::start(&app, "trace", |text| text + &settings(&hostile.origin, &rows));
    run_all(&process.base, &hostile, &rows, CONCURRENT).await;
    check_rows_of_database(&app, &rows).await;
    check_log(&process);
    print_counts(&rows);
}

/// The keys rotate between two sign-ins.
#[actix_web::test]
async fn rotated_keys_are_fetched_and_accepted() {
    let mut table = Table::default();
    table.good("1C", "a key", |_| ());
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let hostile = HostileProvider::new();
    let process = Process::start(&app, "info", |text| text + &settings(&hostile.origin, &table.0));
    let jwks = || hostile.requests("h0").hits.get("jwks").copied();
    run(&process.base, &hostile, 0, &table.0[0]).await.expect("signed in");
    assert_eq!(jwks(), Some(1));
    table.good("1C", "another key", |lie| {
        lie.keys = json!({"keys": [lie::other_jwk()]});
        lie.header["kid"] = json!("other");
        lie.signer = lie::Signer::Other;
    });
    let result = run(&process.base, &hostile, 0, &table.0[1]).await;
    // By now the provider has seen two sign-ins, where a row has one.
    let seen = result.expect_err("twice as many requests");
    assert!(seen.ends_with("None, requests [2, 2, 0], signed in: true"), "{seen}");
    assert_eq!(jwks(), Some(2), "fetched once more");
}

/// Exactly the good neighbours are in the database, each once.
async fn check_rows_of_database(app: &TestApp, rows: &[Row]) {
    let good: BTreeSet<_> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.expected == Expected::SignedIn)
        .map(|(position, _)| provider_of(position))
        .collect();
    let providers = app.text("SELECT group_concat(provider) FROM identities").await.expect("identities");
    let known: Vec<_> = providers.split(',').map(str::to_owned).collect();
    assert_eq!(known.len(), good.len(), "each once");
    assert_eq!(known.into_iter().collect::<BTreeSet<_>>(), good);
    for table in ["users", "sessions", "vault_entries"] {
        assert_eq!(app.count(table).await, i64::try_from(good.len()).expect("few"), "{table}");
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM user_roles WHERE role = 'admin'").await, 0);
    let verified = app
        .query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE AND email_canonical NOT LIKE 'h%@example.org'")
        .await;
    assert_eq!(verified, 0, "only the address that the provider vouches for");
}

fn check_log(process: &Process) {
    let log = std::fs::read_to_string(&process.log).expect("a log");
    assert!(log.len() > 20_000, "only {} bytes of log", log.len());
    // A token of JOSE begins so, the provider's as well as our own.
    for secret in [CANARY, "eyJ"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is in the log");
    }
    assert!(!log.contains("panicked"), "a panic is in the log");
}

fn print_counts(rows: &[Row]) {
    let mut counts = BTreeMap::<_, [usize; 2]>::new();
    for row in rows {
        counts.entry(row.part).or_default()[usize::from(row.expected == Expected::SignedIn)] += 1;
    }
    for (part, [refused, good]) in &counts {
        println!("hostile provider, part {part}: {refused} refused, {good} good neighbours");
    }
    let [refused, good] = counts.values().fold([0, 0], |sum, [refused, good]| [sum[0] + refused, sum[1] + good]);
    println!("hostile provider: {refused} refused, {good} good neighbours signed in");
    assert!(refused >= 250 && good >= 60, "{refused} {good}");
    let names: BTreeSet<_> = rows.iter().map(|row| (row.part, &row.name)).collect();
    assert_eq!(names.len(), rows.len(), "each row has a name of its own");
}
