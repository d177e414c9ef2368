//! A scripted provider with forged tokens and responses, seen from the browser.
//!
//! Each forgery changes one thing; the honest row shows that nothing else is wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{HttpResponse, web};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use url::Url;
use vouchsafe::Clock;

use crate::support::app::{Node, TestApp, access_token, listen, parameter, serve};
use crate::support::browser::Browser;

/// The provider's id_token and userinfo.
#[derive(Clone)]
pub struct Script {
    pub id_token: Option<Value>,
    pub userinfo: Value,
    /// The `kid` of the id_token's header.
    kid: Option<&'static str>,
}

/// A change to the script.
type Change = Box<dyn FnOnce(&mut Script)>;

type Shared = Arc<Mutex<Option<Script>>>;

/// What the JWKS endpoint serves.
#[derive(Clone, Copy)]
enum Jwks {
    Keys,
    NoKeys,
    ServerError,
}

pub struct MaliciousProvider {
    origin: String,
    script: Shared,
    jwks: Arc<Mutex<Jwks>>,
    /// How often its JWKS was fetched.
    fetched: Arc<AtomicUsize>,
    handle: ServerHandle,
}

impl Drop for MaliciousProvider {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl MaliciousProvider {
    pub fn new() -> Self {
        Self::with_algorithms(&["ES256"])
    }

    /// A provider whose metadata lists these algorithms; it signs with ES256 all the same.
    pub fn with_algorithms(algorithms: &'static [&'static str]) -> Self {
        let (listener, origin) = listen();
        let script = Shared::default();
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let key = Arc::new(EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("DER").as_ref()));
        let issuer = origin.clone();
        let (fetched, jwks) = (Arc::<AtomicUsize>::default(), Arc::new(Mutex::new(Jwks::Keys)));
        let shared = (Arc::clone(&script), Arc::clone(&jwks), Arc::clone(&fetched));
        let handle = serve(listener, 1, move || {
            let (issuer, key, (script, jwks, fetched)) = (issuer.clone(), Arc::clone(&key), shared.clone());
            move |config: &mut web::ServiceConfig| {
                config.route("/jwks", web::get().to(jwks_endpoint(&key, jwks, fetched)));
                mount(config, &issuer, algorithms, &key, &script);
            }
        });
        Self { origin, script, jwks, fetched, handle }
    }

    /// Serves a JWKS without keys from now on.
    pub fn withdraw_keys(&self) {
        *self.jwks.lock().expect("not poisoned") = Jwks::NoKeys;
    }

    /// Answers requests for the JWKS with 500 from now on.
    pub fn break_jwks(&self) {
        *self.jwks.lock().expect("not poisoned") = Jwks::ServerError;
    }

    pub fn settings(&self) -> String {
        format!(
            "[providers.malicious]\ntype = 'oidc'\nissuer = '{}'\nclient_id = 'cid'\nclient_secret = 's'\n",
            self.origin
        )
    }
}

fn jwks_endpoint(
    key: &EncodingKey,
    state: Arc<Mutex<Jwks>>,
    fetched: Arc<AtomicUsize>,
) -> impl Fn() -> std::future::Ready<HttpResponse> + Clone + 'static {
    let keys = json!({"keys": [Jwk::from_encoding_key(key, Algorithm::ES256).expect("a public key")]});
    move || {
        fetched.fetch_add(1, Ordering::SeqCst);
        std::future::ready(match *state.lock().expect("not poisoned") {
            Jwks::Keys => HttpResponse::Ok().json(&keys),
            Jwks::NoKeys => HttpResponse::Ok().json(json!({"keys": []})),
            Jwks::ServerError => HttpResponse::InternalServerError().finish(),
        })
    }
}

fn mount(config: &mut web::ServiceConfig, issuer: &str, algorithms: &[&str], key: &Arc<EncodingKey>, script: &Shared) {
    let metadata = json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"), "jwks_uri": format!("{issuer}/jwks"),
        "id_token_signing_alg_values_supported": algorithms, "response_types_supported": ["code"], "subject_types_supported": ["public"],
    });
    let discovery = move || {
        let metadata = metadata.clone();
        async move { HttpResponse::Ok().json(metadata) }
    };
    let userinfo_script = Arc::clone(script);
    let (key, script) = (Arc::clone(key), Arc::clone(script));
    let token = move || {
        let Script { id_token, kid, .. } = script.lock().expect("not poisoned").clone().expect("a script");
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        let signed = id_token.map(|claims| jsonwebtoken::encode(&header, &claims, &key).expect("signed"));
        async move {
            HttpResponse::Ok()
                .json(json!({"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": signed}))
        }
    };
    let me = move || {
        let userinfo = userinfo_script.lock().expect("not poisoned").clone().expect("a script").userinfo;
        async move { HttpResponse::Ok().json(userinfo) }
    };
    config
        .route("/.well-known/openid-configuration", web::get().to(discovery))
        .route("/token", web::post().to(token))
        .route("/me", web::get().to(me));
}

/// Signs in with the script changed by `change`; returns the error that the app gets.
pub async fn sign_in(
    app: &TestApp,
    node: &Node,
    malicious: &MaliciousProvider,
    change: impl FnOnce(&mut Script),
) -> Option<String> {
    let target = sign_in_target(app, node, malicious, change).await;
    assert_eq!(parameter(&target, "refreshToken").is_some(), parameter(&target, "error").is_none(), "{target}");
    parameter(&target, "error")
}

/// Signs in with the script changed by `change`; returns the URL that the browser is sent to.
pub async fn sign_in_target(
    app: &TestApp,
    node: &Node,
    malicious: &MaliciousProvider,
    change: impl FnOnce(&mut Script),
) -> Url {
    let start = format!("{}/signin/provider/malicious", node.base);
    let callback = format!("{}/signin/provider/malicious/callback", node.base);
    answer(app, &mut Browser::new(), malicious, (&start, &callback), change).await
}

/// Starts at the first URL and returns to the second one, with the script changed by `change`; returns the URL that the
/// browser is sent to.
pub async fn answer(
    app: &TestApp,
    browser: &mut Browser,
    malicious: &MaliciousProvider,
    (start, callback): (&str, &str),
    change: impl FnOnce(&mut Script),
) -> Url {
    let start = browser.get(start).await.location_url();
    let sent = |name: &str| parameter(&start, name).expect("sent");
    let now = app.clock.now().seconds();
    let mut script = Script {
        id_token: Some(json!({
            "iss": malicious.origin, "aud": "cid", "sub": "7", "iat": now, "exp": now + 60, "nonce": sent("nonce"),
        })),
        userinfo: json!({"sub": "7", "email": "seven@example.org", "email_verified": true}),
        kid: None,
    };
    change(&mut script);
    *malicious.script.lock().expect("not poisoned") = Some(script);
    browser.get(&format!("{callback}?state={}&code=c", sent("state"))).await.location_url()
}

/// A profile with this subject, email and `email_verified`.
pub fn profile(subject: &str, email: Option<&str>, verified: Option<Value>) -> impl FnOnce(&mut Script) + use<> {
    let mut userinfo = json!({"sub": subject});
    if let Some(email) = email {
        userinfo["email"] = email.into();
    }
    if let Some(verified) = verified {
        userinfo["email_verified"] = verified;
    }
    move |script| {
        script.id_token.as_mut().expect("a token")["sub"] = userinfo["sub"].clone();
        script.userinfo = userinfo;
    }
}

#[actix_web::test]
async fn honest_response_signs_in_and_is_completed_by_userinfo() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None);
    let with_address =
        "SELECT COUNT(*) FROM users WHERE email_canonical = 'seven@example.org' AND email_verified = TRUE";
    assert_eq!(app.query(with_address).await, 1);
}

#[actix_web::test]
async fn forged_response_fails_and_creates_no_user() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    let claim = |name: &'static str, value: Value| {
        move |script: &mut Script| script.id_token.as_mut().expect("a token")[name] = value
    };
    let now = app.clock.now().seconds();
    let changes: Vec<(&str, Change)> = vec![
        ("another nonce", Box::new(claim("nonce", json!("other")))),
        (
            "no nonce",
            Box::new(|script| drop(script.id_token.as_mut().and_then(|token| token.as_object_mut()?.remove("nonce")))),
        ),
        ("another issuer", Box::new(claim("iss", json!("https://other.test")))),
        ("another audience", Box::new(claim("aud", json!("other")))),
        ("a second audience without azp", Box::new(claim("aud", json!(["cid", "other"])))),
        ("an expired token", Box::new(claim("exp", json!(now - 61)))),
        ("a token of tomorrow", Box::new(claim("iat", json!(now + 86_400)))),
        ("another access token", Box::new(claim("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")))),
        ("an empty subject", Box::new(claim("sub", json!("")))),
        ("no id_token", Box::new(|script| script.id_token = None)),
        ("userinfo of another user", Box::new(|script| script.userinfo["sub"] = json!("8"))),
        ("userinfo of nobody", Box::new(|script| script.userinfo = json!({"email": "seven@example.org"}))),
    ];
    for (name, change) in changes {
        assert_eq!(
            sign_in(&app, &node, &malicious, change).await.as_deref(),
            Some("oauth-profile-fetch-failed"),
            "{name}"
        );
    }
    for table in ["users", "identities", "sessions", "vault_entries"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
}

#[actix_web::test]
async fn role_or_proof_of_the_wrong_type_is_ignored() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    for (number, verified) in
        [json!("true"), json!(1), json!("TRUE"), json!(null), json!([true])].into_iter().enumerate()
    {
        let told = move |script: &mut Script| {
            let subject = json!(format!("p{number}"));
            script.id_token.as_mut().expect("a token")["sub"] = subject.clone();
            script.userinfo = json!({
                "sub": subject, "email": format!("p{number}@example.org"), "email_verified": verified,
                "role": "admin", "roles": ["admin"], "default_role": "admin",
            });
        };
        assert_eq!(sign_in(&app, &node, &malicious, told).await, None);
    }
    assert_eq!(app.query("SELECT COUNT(*) FROM users WHERE email_verified = TRUE").await, 0);
    assert_eq!(app.query("SELECT COUNT(*) FROM user_roles WHERE role = 'admin'").await, 0);
}

#[actix_web::test]
async fn unknown_kid_refetches_jwks_every_30_seconds() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None);
    app.wait(31);
    for _ in 0..4 {
        let error = sign_in(&app, &node, &malicious, |script| script.kid = Some("nobody's")).await;
        assert_eq!(error.as_deref(), Some("oauth-profile-fetch-failed"));
        assert_eq!(malicious.fetched.load(Ordering::SeqCst), 2);
    }
    app.wait(31);
    sign_in(&app, &node, &malicious, |script| script.kid = Some("nobody's")).await;
    assert_eq!(malicious.fetched.load(Ordering::SeqCst), 3);
    assert_eq!(sign_in(&app, &node, &malicious, |_| ()).await, None, "known keys stay valid");
}

#[actix_web::test]
async fn refresh_with_id_token_of_another_user_is_refused() {
    let (app, malicious) = (TestApp::new(), MaliciousProvider::new());
    let node = app.node_with(&malicious.settings()).await;
    let target = sign_in_target(&app, &node, &malicious, |_| ()).await;
    let refresh_token = parameter(&target, "refreshToken").expect("a session");
    let session = node.refresh(&Browser::new(), &refresh_token).await.json();
    let url = format!("{}/v1/token/provider/malicious", node.base);
    let refresh =
        async || Browser::new().post_json_as(&url, access_token(&session), &json!({"refreshToken": "rt"})).await;
    assert_eq!(refresh().await.status, 200);
    let script = Arc::clone(&malicious.script);
    script.lock().expect("not poisoned").as_mut().expect("a script").id_token.as_mut().expect("a token")["sub"] =
        json!("8");
    refresh().await.assert_error(400, "oauth-provider-error");
}
