//! Providers whose tokens the service keeps, and which lie when these are refreshed: what the caller gets, and what becomes of
//! the tokens that are there.

use serde_json::{Value, json};

use super::lie::{CANARY, Lie, METADATA, Signer};
use super::provider::{HostileProvider, Reply};
use super::row::{Kind, remove, short};
use super::{check_log, section};
use crate::support::app::{Database, TestApp, access_token, parameter};
use crate::support::browser::Browser;
use crate::support::process::{Process, real_time_app};

/// What a refresh leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The new tokens are stored and handed out.
    Refreshed,
    /// The old ones stay, and the caller tries again later.
    PutOff,
    /// The user has to sign in at the provider again.
    Lost,
}
use Fate::{Lost, PutOff, Refreshed};

/// What the provider does to a refresh token that was used.
const KEEPS: &str = "keeps";
const REVOKES: &str = "revokes_on_reuse";

pub struct Row {
    pub name: String,
    rotation: &'static str,
    pub fate: Fate,
    change: Box<dyn Fn(&mut Lie)>,
}

#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    fn row(
        &mut self,
        name: impl Into<String>,
        rotation: &'static str,
        fate: Fate,
        change: impl Fn(&mut Lie) + 'static,
    ) {
        self.0.push(Row { name: name.into(), rotation, fate, change: Box::new(change) });
    }

    /// An answer that says nothing of whether the refresh token was used.
    fn unusable(&mut self, name: impl Into<String>, change: impl Fn(&mut Lie) + Clone + 'static) {
        let name = name.into();
        self.row(format!("{name}, {KEEPS}"), KEEPS, PutOff, change.clone());
        self.row(format!("{name}, {REVOKES}"), REVOKES, Lost, change);
    }

    fn member(&mut self, name: &'static str, values: impl IntoIterator<Item = Value>) {
        for value in values {
            self.unusable(format!("{name}: {}", short(&value)), move |lie| lie.token[name] = value.clone());
        }
    }
}

pub fn table() -> Vec<Row> {
    let mut table = Table::default();
    id_tokens(&mut table);
    table.member("token_type", [json!("mac"), json!("DPoP"), json!(7), json!(["bearer"])]);
    table.member("expires_in", [json!(-1), json!("soon"), json!(1.5), json!([]), json!(1e300)]);
    table.member("scope", [json!(7), json!({}), json!(["email", 7])]);
    let long = "k".repeat(70_000);
    table.member("refresh_token", [json!(7), json!([]), json!({}), json!(long)]);
    table.member("access_token", [json!(null), json!(""), json!(7), json!([]), json!(long)]);
    table.unusable("no access_token", |lie| remove(&mut lie.token, "access_token"));
    table.unusable("access_token twice", |lie| {
        let text = lie.token.to_string().replacen('{', "{\"access_token\":\"another\",", 1);
        lie.replies.insert("token", Reply::json(text));
    });
    answers(&mut table);
    good(&mut table);
    table.0
}

type Named = (&'static str, fn(&mut Lie));

fn id_tokens(table: &mut Table) {
    let changes: [Named; 10] = [
        ("id_token of another user", |lie| lie.claims["sub"] = json!("another")),
        ("id_token of another issuer", |lie| lie.claims["iss"] = json!("https://evil.test")),
        ("id_token of another audience", |lie| lie.claims["aud"] = json!("other")),
        ("id_token that has expired", |lie| lie.claims["exp"] = json!(lie.now - 360)),
        ("id_token without sub", |lie| remove(&mut lie.claims, "sub")),
        ("id_token by another key", |lie| lie.signer = Signer::Other),
        ("id_token of an unknown key", |lie| lie.header["kid"] = json!("unknown")),
        ("id_token without a signature", |lie| {
            (lie.header, lie.signer) = (json!({"alg": "none"}), Signer::Bytes(Vec::new()))
        }),
        ("id_token that is none", |lie| lie.token["id_token"] = json!("x.y.z")),
        ("id_token with sub twice", |lie| {
            lie.texts.1 = Some(lie.claims.to_string().replacen('{', "{\"sub\":\"another\",", 1));
        }),
    ];
    for (name, change) in changes {
        for rotation in [KEEPS, REVOKES] {
            table.row(format!("{name}, {rotation}"), rotation, Lost, change);
        }
    }
    table.member("id_token", [json!(7), json!({})]);
}

fn answers(table: &mut Table) {
    let reply = |status: u16, body: Value| {
        move |lie: &mut Lie| {
            let mut reply = Reply::of(status, "application/json", &body);
            reply.location = Some(format!("{}/other", lie.issuer));
            lie.replies.insert("other", lie.raw("token"));
            lie.replies.insert("token", reply);
        }
    };
    for status in [301, 302, 303, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503] {
        for rotation in [KEEPS, REVOKES] {
            table.row(format!("status {status}, {rotation}"), rotation, PutOff, reply(status, json!({})));
        }
    }
    table.unusable("status 504", reply(504, json!({})));
    for (error, fate) in [
        ("invalid_grant", Lost),
        ("<script>alert(1)</script>", Lost),
        ("k9canary\r\nx", Lost),
        ("invalid_client", PutOff),
        ("temporarily_unavailable", PutOff),
    ] {
        for status in [200, 400] {
            let body = json!({"error": error, "error_description": error, "access_token": "k9canary-with-an-error"});
            table.row(format!("status {status} with {error:?}"), KEEPS, fate, reply(status, body));
        }
    }
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    for (name, kind, body) in [
        ("nothing", "application/json", ""),
        ("a page", "text/html", "<html></html>"),
        ("a list", "application/json", "[]"),
        ("an array nested 100,000 deep", "application/json", deep.as_str()),
        ("a form that is called JSON", "application/json", "access_token=k9canary-form"),
    ] {
        let body = body.to_owned();
        table.unusable(name, move |lie| drop(lie.replies.insert("token", Reply::of(200, kind, &body))));
    }
    table.unusable("2 MiB", |lie| {
        let body = format!("{}{}", lie.token, " ".repeat(2 << 20));
        lie.replies.insert("token", Reply::json(body));
    });
    table.unusable("half of an answer", |lie| {
        lie.replies.insert("token", Reply { is_broken_off: true, ..lie.raw("token") });
    });
}

fn good(table: &mut Table) {
    for value in [json!(0), json!(1), json!("3600"), json!(u64::MAX), json!(null)] {
        table.row(format!("expires_in: {value}"), KEEPS, Refreshed, move |lie| lie.token["expires_in"] = value.clone());
    }
    for value in [json!(null), json!(""), json!("the same")] {
        table.row(format!("refresh_token: {value}"), KEEPS, Refreshed, move |lie| {
            lie.token["refresh_token"] =
                if value == "the same" { json!(format!("{CANARY}-rt-{}", lie.row)) } else { value.clone() };
        });
    }
    for value in [json!("openid"), json!("openid email more"), json!(""), json!(null), json!(["email"])] {
        table.row(format!("scope: {value}"), KEEPS, Refreshed, move |lie| lie.token["scope"] = value.clone());
    }
    table.row("no id_token", KEEPS, Refreshed, |lie| remove(&mut lie.token, "id_token"));
    table.row("nothing", REVOKES, Refreshed, |_| ());
}

pub fn name_of(position: usize) -> String {
    format!("f{position}")
}

/// The settings of the providers of these rows, whose tokens are kept.
pub fn sections(hostile: &HostileProvider, rows: &[Row]) -> String {
    let kept = |(position, row): (usize, &Row)| {
        let rotation = row.rotation;
        let section = section(&hostile.origin, &name_of(position), Kind::Oidc);
        format!("{section}custody = 'managed'\nrotation = '{rotation}'\n")
    };
    rows.iter().enumerate().map(kept).collect()
}

/// Makes an honest provider lie as the row says.
pub fn begin_to_lie(hostile: &HostileProvider, honest: Lie, row: &Row) -> Lie {
    let provider = honest.row.clone();
    let mut lie = honest;
    lie.claims.as_object_mut().expect("claims").remove("nonce");
    for name in ["access_token", "refresh_token"] {
        lie.token[name] = json!(format!("{CANARY}-new-{name}-{provider}"));
    }
    (row.change)(&mut lie);
    for (endpoint, reply) in &lie.replies {
        hostile.set(&provider, endpoint, reply.clone());
    }
    hostile.set(&provider, "token", lie.reply("token", ""));
    lie
}

/// Signs in at an honest provider; returns the access token of the session.
pub async fn sign_in(base: &str, hostile: &HostileProvider, honest: &Lie) -> String {
    for endpoint in [METADATA, "jwks", "me"] {
        hostile.set(&honest.row, endpoint, honest.reply(endpoint, ""));
    }
    let (mut browser, url) = (Browser::new(), format!("{base}/signin/provider/{}", honest.row));
    let authorize = browser.get(&url).await.location_url();
    let sent = |name: &str| parameter(&authorize, name).expect("sent");
    hostile.set(&honest.row, "token", honest.reply("token", &sent("nonce")));
    let target = browser.get(&format!("{url}/callback?state={}&code=c", sent("state"))).await.location_url();
    let body = json!({"refreshToken": parameter(&target, "refreshToken").expect("a session")});
    access_token(&browser.post_json(&format!("{base}/token"), &body).await.json()).to_owned()
}

/// The stored tokens of a provider, sealed, and the state of the grant.
pub async fn stored(app: &TestApp, provider: &str) -> (String, String) {
    let sealed = format!("SELECT hex(sealed) FROM grants WHERE provider = '{provider}'");
    let state = format!("SELECT state FROM grants WHERE provider = '{provider}'");
    (app.text(&sealed).await.expect("tokens"), app.text(&state).await.expect("a state"))
}

/// Asks for a token while the provider lies; an error is a text that says what is wrong.
async fn judge(
    base: &str,
    app: &TestApp,
    hostile: &HostileProvider,
    honest: Lie,
    row: &Row,
    token: &str,
) -> Result<(), String> {
    let provider = honest.row.clone();
    let lie = begin_to_lie(hostile, honest, row);
    let (before, _) = stored(app, &provider).await;
    let answer = Browser::new().get_as(&format!("{base}/user/providers/{provider}/token"), token).await;
    let (after, state) = stored(app, &provider).await;
    let (status, error) = match row.fate {
        Refreshed => (200, None),
        PutOff => (503, Some("provider-unavailable")),
        Lost => (409, Some("needs-reauthorization")),
    };
    let text = answer.text();
    let requests = hostile.requests(&provider);
    let hits = ["token", "other"].map(|endpoint| requests.hits.get(endpoint).copied().unwrap_or(0));
    // One for the code, one for the refresh.
    if answer.status != status || answer.json()["error"].as_str() != error || hits != [2, 0] {
        return Err(format!("{}, requests {hits:?}: {text}", answer.status));
    }
    let is_changed = before != after;
    match row.fate {
        Refreshed if access_token(&answer.json()) != lie.token["access_token"] => {
            return Err(format!("not new: {text}"));
        }
        Refreshed if !is_changed || state != "live" => return Err(format!("{state}, stored: {is_changed}")),
        PutOff if is_changed || state != "live" => return Err(format!("{state}, changed: {is_changed}")),
        PutOff if answer.header("retry-after").is_none() => return Err("no time to try again".to_owned()),
        Lost if state != "needs_reauthorization" => return Err(state),
        _ => {}
    }
    if row.fate != Refreshed && (text.contains(CANARY) || text.contains("<script>")) {
        return Err(format!("words of the provider: {text}"));
    }
    let refresh = requests.token_bodies.last().expect("a refresh");
    if !refresh.contains("grant_type=refresh_token") || !refresh.contains(&format!("{CANARY}-rt-{provider}")) {
        return Err("the refresh is not that of this grant".to_owned());
    }
    Ok(())
}

#[actix_web::test]
async fn provider_that_lies_at_a_refresh_gets_nothing_stored_and_its_words_not_passed_on() {
    let rows = table();
    let app = real_time_app(Database::Sqlite).expect("SQLite");
    let hostile = HostileProvider::new();
    let sections = sections(&hostile, &rows);
    let process = Process::start(&app, "trace", |text| {
        let (top, providers) = text.split_at(text.find("\n[").expect("a table"));
        format!("{top}\ngrants.refresh_ahead = '0s'\n{providers}{sections}")
    });
    let (base, now) = (process.base.as_str(), vouchsafe::Clock::now(&vouchsafe::SystemClock).seconds());
    let honest = |position: usize| Lie::honest(&hostile.origin, &name_of(position), now);
    let mut sessions = Vec::new();
    for position in 0..rows.len() {
        sessions.push(sign_in(base, &hostile, &honest(position)).await);
    }
    let before = app.row_counts().await;
    app.execute("UPDATE grants SET good_until = 1, updated_at = 1").await;
    let mut failed = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let judged = judge(base, &app, &hostile, honest(position), row, &sessions[position]).await;
        failed.extend(judged.err().map(|error| format!("{}: {error}", row.name)));
    }
    assert!(failed.is_empty(), "{} of {} rows:\n{}", failed.len(), rows.len(), failed.join("\n"));
    assert_eq!(app.row_counts().await, before);
    check_log(&process);
    let of = |fate: Fate| rows.iter().filter(|row| row.fate == fate).count();
    println!("lies at a refresh: {} lost, {} put off, {} refreshed", of(Lost), of(PutOff), of(Refreshed));
}
