//! What a sign-in computes, without network and disk: `cargo bench`, or `cargo bench -- NAME` for some of it.
//!
//! Requests run through the routes of a whole app, on a database in memory that they do not use.

#![expect(clippy::expect_used, reason = "a benchmark whose set-up fails has nothing to measure")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use actix_web::{App, rt};
use criterion::{BatchSize, Criterion};
use uuid::Uuid;
use vouchsafe::OsRandom;
use vouchsafe::Secret;
use vouchsafe::Timestamp;
use vouchsafe::TokenClaims;
use vouchsafe::bench::AllowList;
use vouchsafe::bench::ProviderTokens;
use vouchsafe::bench::policy::{self, Facts, ProviderEmail, Requested, Rules};
use vouchsafe::bench::{
    AccessTokenClaims, AccessTokens, Credential, FLOW_PURPOSE, Flow, FlowId, FlowIntent, SignUpOptions, SigningKeys,
    TokenCipher, generate,
};
use vouchsafe::bench::{MasterKey, Sealer};
use vouchsafe::settings::{JwtAlgorithm, JwtKey};
use vouchsafe::{ProviderName, SessionId, UserId};
use vouchsafe::{Settings, Vouchsafe};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

const SETTINGS: &str = "
mode = 'production'
server.public_url = 'https://auth.example.com'
database.url = 'sqlite::memory:'
client = { url = 'https://app.example.com', allowed_redirect_urls = ['https://*.preview.example.com'] }
providers.github = { client_id = 'id', client_secret = 'secret' }
keys.jwt = [{ algorithm = 'HS256', key = 'a secret of at least thirty-two bytes' }]
keys.vault = [{ id = 'a', key = '0000000000000000000000000000000000000000000000000000000000000000' }]
";

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    requests(&mut criterion);
    flow_cookie(&mut criterion);
    access_tokens(&mut criterion);
    vault(&mut criterion);
    rules(&mut criterion);
    criterion.final_summary();
}

/// Requests that no database and no provider takes part in.
fn requests(criterion: &mut Criterion) {
    let system = rt::System::new();
    let app = system.block_on(async {
        let settings = Settings::from_toml(SETTINGS).expect("settings");
        let vouchsafe = Vouchsafe::build(settings).await.expect("an app");
        actix_web::test::init_service(App::new().configure(vouchsafe.routes())).await
    });
    let get = |uri: &str| {
        let request = TestRequest::get().uri(uri).insert_header((header::HOST, "auth.example.com"));
        request.peer_addr(([127, 0, 0, 1], 1).into())
    };
    let begun = system.block_on(async { app.call(get("/signin/provider/github").to_request()).await });
    let begun = begun.expect("a response");
    let cookie = begun.response().cookies().next().expect("the flow's cookie").into_owned();
    let state = parameter(&begun, "state");
    let denied = format!("/signin/provider/github/callback?state={state}&error=access_denied");

    let cases: [(_, &dyn Fn() -> TestRequest, _); 5] = [
        ("begin", &|| get("/signin/provider/github"), StatusCode::FOUND),
        ("callback, denied", &|| get(&denied).cookie(cookie.clone()), StatusCode::FOUND),
        (
            "error, redirect refused",
            &|| get("/signin/provider/github?redirectTo=https://evil.test"),
            StatusCode::BAD_REQUEST,
        ),
        ("error, no such route", &|| get("/nowhere"), StatusCode::NOT_FOUND),
        ("error, no access token", &|| get("/user"), StatusCode::UNAUTHORIZED),
    ];
    let mut group = criterion.benchmark_group("request");
    for (name, request, status) in cases {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| {
                system.block_on(async {
                    let mut total = Duration::ZERO;
                    for _ in 0..iterations {
                        let request = request().to_request();
                        let started = Instant::now();
                        let response = app.call(request).await.expect("a response");
                        total += started.elapsed();
                        assert_eq!(response.status(), status, "{name}");
                    }
                    total
                })
            });
        });
    }
    group.finish();
}

/// A parameter of the URL that a response redirects to.
fn parameter<B>(response: &ServiceResponse<B>, name: &str) -> String {
    let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let url: url::Url = location.expect("a redirect").parse().expect("a URL");
    url.query_pairs().find(|(key, _)| key == name).expect("the parameter").1.into_owned()
}

fn flow_cookie(criterion: &mut Criterion) {
    let sealer = Sealer::new(&[MasterKey::new("a", [7; 32])], FLOW_PURPOSE).expect("a key");
    let flow = Flow {
        id: FlowId::new(NOW, &OsRandom),
        provider: github(),
        fingerprint: "0123456789abcdef".to_owned(),
        redirect_uri: "https://auth.example.com/signin/provider/github/callback".to_owned(),
        return_url: "https://app.example.com/welcome".to_owned(),
        client_state: None,
        intent: FlowIntent::SignIn(Credential::RefreshToken),
        options: SignUpOptions::default(),
        verifier: Some(Secret::new("v".repeat(43))),
        nonce: None,
        temporary: None,
        scopes: Vec::new(),
        max_age: None,
        expires_at: NOW.plus(Duration::from_secs(600)),
    };
    let sealed = flow.seal(&sealer, &OsRandom).expect("sealed");
    let mut group = criterion.benchmark_group("flow");
    group.bench_function("seal", |bencher| bencher.iter(|| black_box(&flow).seal(&sealer, &OsRandom)));
    group.bench_function("open", |bencher| {
        bencher.iter_batched(
            || flow.id,
            |id| Flow::open(black_box(&sealed), id, &sealer).expect("it opens"),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn access_tokens(criterion: &mut Criterion) {
    let (roles, claims) = (["me".to_owned(), "user".to_owned()], BTreeMap::new());
    let custom = TokenClaims::new();
    let content = AccessTokenClaims {
        token_id: Uuid::from_u128(1),
        user_id: user(),
        session_id: SessionId(Uuid::from_u128(2)),
        default_role: "user",
        roles: &roles,
        claims: &claims,
        custom: &custom,
    };
    for algorithm in [JwtAlgorithm::HS256, JwtAlgorithm::ES256, JwtAlgorithm::RS256, JwtAlgorithm::EdDSA] {
        let key = JwtKey { id: None, algorithm, key: generate(algorithm, &OsRandom).expect("a key") };
        let (issuer, namespace) = ("https://auth.example.com".to_owned(), "https://hasura.io/jwt/claims".to_owned());
        let keys = Arc::new(SigningKeys::new(&[key]).expect("keys"));
        let tokens = AccessTokens::new(keys, &OsRandom, issuer, namespace, Duration::from_secs(900));
        let token = tokens.issue(content, NOW).expect("a token");
        let mut group = criterion.benchmark_group(format!("access token, {algorithm:?}"));
        group.bench_function("issue", |bencher| bencher.iter(|| tokens.issue(black_box(content), NOW)));
        group.bench_function("verify", |bencher| {
            bencher.iter(|| tokens.verify(black_box(token.expose()), NOW).expect("it is valid"));
        });
        group.finish();
    }
}

fn vault(criterion: &mut Criterion) {
    let cipher = TokenCipher::new(&[MasterKey::new("a", [7; 32])], Arc::new(OsRandom)).expect("a key");
    let tokens = ProviderTokens {
        access_token: Secret::new("a".repeat(40)),
        token_secret: None,
        expires_in: Some(28_800),
        expires_at: None,
        refresh_token: Some(Secret::new("r".repeat(80))),
        scopes: Vec::new(),
    };
    let sealed = cipher.sealable(github(), &tokens, NOW).seal_for(user()).expect("sealed");
    let (github, user) = (github(), user());
    let mut group = criterion.benchmark_group("vault");
    group.bench_function("seal", |bencher| {
        bencher.iter(|| cipher.sealable(github.clone(), black_box(&tokens), NOW).seal_for(user));
    });
    group.bench_function("open", |bencher| {
        bencher.iter(|| cipher.open(user, &github, black_box(&sealed)).expect("it opens"));
    });
    group.finish();
}

fn rules(criterion: &mut Criterion) {
    let facts = Facts {
        requested: Requested::SignIn,
        owner: None,
        email_owner: None,
        email: Some(ProviderEmail { is_verified: true, is_blocked: false }),
    };
    let rules = Rules {
        sign_up_enabled: true,
        create_on_sign_in: true,
        new_users_disabled: false,
        email_required: false,
        verified_email_required: false,
        link_by_verified_email: true,
    };
    criterion.bench_function("policy", |bencher| bencher.iter(|| policy::decide(black_box(facts), black_box(rules))));

    let allowed = ["https://*.preview.example.com".to_owned(), "myapp://callback".to_owned()];
    let list = AllowList::new("https://app.example.com", &allowed).expect("rules");
    let mut group = criterion.benchmark_group("return URL");
    for (name, url) in [
        ("allowed", "https://app.example.com/welcome?from=start"),
        ("allowed by a wildcard", "https://branch-7.preview.example.com/"),
        ("refused", "https://evil.example.net/"),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| list.check(black_box(url))));
    }
    group.finish();
}

fn github() -> ProviderName {
    "github".parse().expect("a name")
}

fn user() -> UserId {
    UserId(Uuid::from_u128(7))
}
