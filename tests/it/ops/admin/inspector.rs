//! The pages for operators.

use vouchsafe::settings::Mode;
use vouchsafe::{Clock, Vouchsafe};

use super::{TOKEN, settings, user_id};
use crate::support::app::{Node, TestApp, listen, parameter, refresh_token, serve};
use crate::support::browser::{Browser, Response, hidden_fields};

/// Another operator's token; its name is `rosa`.
const OTHER_TOKEN: &str = "1c6d0e2f8a4b5d7e9f3a2b1c0d9e8f70";

const COOKIE: &str = "vouchsafe-admin";

/// A node whose settings can be reloaded.
struct Fixture {
    app: TestApp,
    vouchsafe: Vouchsafe,
    node: Node,
}

impl Fixture {
    async fn new(more: &str) -> Self {
        let app = TestApp::new();
        let (listener, origin) = listen();
        let vouchsafe = app.build(app.settings(&origin, more)).await;
        let served = vouchsafe.clone();
        let handle = serve(listener, 1, move || served.routes());
        Self { app, vouchsafe, node: Node::at(origin, handle) }
    }

    async fn reload(&self, more: &str) {
        self.vouchsafe.reload(self.app.settings(&self.node.base, more)).await.expect("reloaded");
    }

    fn url(&self, path: &str) -> String {
        format!("{}/admin{path}", self.node.base)
    }

    /// Posts a form as a page of ours does.
    async fn post(&self, browser: &mut Browser, path: &str, form: &str) -> Response {
        self.post_from(browser, path, form, &[("Origin", &self.node.base), ("Sec-Fetch-Site", "same-origin")]).await
    }

    async fn post_from(&self, browser: &mut Browser, path: &str, form: &str, from: &[(&str, &str)]) -> Response {
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        headers.extend(from);
        browser.fetch("POST", &self.url(path), &headers, form).await
    }

    /// The browser of an operator who has signed in.
    async fn operator(&self, token: &str) -> Browser {
        let mut browser = Browser::new();
        let response = self.post(&mut browser, "/inspector/sign-in", &format!("token={token}")).await;
        assert_eq!((response.status, response.location().as_str()), (303, "/admin"), "{}", response.text());
        browser
    }

    async fn is_signed_in(&self, browser: &Browser) -> bool {
        let page = browser.peek(&self.url("")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        page.text().contains("Sign out")
    }

    /// The form of an act on the page of a user.
    async fn form(&self, browser: &mut Browser, user: &str) -> String {
        let page = browser.get(&self.url(&format!("/inspector/users/{user}"))).await.text();
        let form = page.split("<form").find(|form| form.contains("name=\"token\"")).expect("a form");
        hidden_fields(form.split("</form>").next().unwrap_or_default())
    }
}

/// A flow that the user denied.
async fn denied(node: &Node) -> String {
    let target = node.sign_in(&mut Browser::new(), "google", "", "deny").await;
    parameter(&target, "flow").expect("a flow")
}

#[actix_web::test]
async fn nothing_is_there_in_production_without_a_token() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let jwt = format!("[{{ algorithm = 'HS256', key = '{}' }}]", "0123456789abcdef".repeat(4));
    let vault = format!("[{{ id = 'v', key = '{}' }}]", "0123456789abcdef".repeat(4));
    let mut settings = app.settings(&origin, &format!("keys = {{ jwt = {jwt}, vault = {vault} }}"));
    settings.mode = Mode::Production;
    settings.providers.clear();
    let vouchsafe = app.build(settings).await;
    let node = Node::at(origin, serve(listener, 1, move || vouchsafe.routes()));
    for path in ["", "/inspector/users", "/inspector/live", "/inspector/sign-in", "/inspector/assets/inspector.js"] {
        let response = Browser::new().peek(&format!("{}/admin{path}", node.base)).await;
        response.assert_problem(404, "nothing here");
    }
}

#[actix_web::test]
async fn form_takes_a_token_and_the_cookie_holds_none() {
    let fixture = Fixture::new(&settings()).await;
    let mut browser = Browser::new();
    assert!(!fixture.is_signed_in(&browser).await);
    for wrong in ["", "token=", "token=wrong", &format!("token={}", &TOKEN[1..]), &format!("token=mira%3A{TOKEN}")] {
        let refused = fixture.post(&mut browser, "/inspector/sign-in", wrong).await;
        assert_eq!((refused.status, refused.cookies().len()), (403, 0), "{wrong}");
    }
    let form = format!("token={TOKEN}");
    let elsewhere: [&[(&str, &str)]; 5] = [
        &[("Origin", "https://elsewhere.test"), ("Sec-Fetch-Site", "cross-site")],
        &[("Origin", &fixture.node.base), ("Sec-Fetch-Site", "same-site")],
        &[("Origin", "null")],
        &[("Origin", "https://elsewhere.test")],
        &[],
    ];
    for from in elsewhere {
        let refused = fixture.post_from(&mut browser, "/inspector/sign-in", &form, from).await;
        assert_eq!((refused.status, refused.cookies().len()), (403, 0), "{from:?}");
    }
    let response = fixture.post(&mut browser, "/inspector/sign-in", &form).await;
    let cookie = response.cookie(COOKIE);
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/admin", "Max-Age=28800"] {
        assert!(cookie.split("; ").any(|found| found == attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains(TOKEN) && fixture.is_signed_in(&browser).await);
    for (next, expected) in [
        ("users", "/admin/inspector/users"),
        ("flows/0123456789ABCDEF", "/admin/inspector/flows/0123456789abcdef"),
        ("https://elsewhere.test", "/admin"),
        ("//elsewhere.test", "/admin"),
        ("../../signout", "/admin"),
    ] {
        let form = format!("{form}&next={}", url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>());
        let response = fixture.post(&mut browser, "/inspector/sign-in", &form).await;
        assert_eq!(response.location(), expected, "{next}");
    }
    let page = Browser::new().peek(&fixture.url("/inspector/flows/0123456789abcdef")).await;
    assert_eq!(page.location(), "/admin?next=flows%2F0123456789abcdef");
}

#[actix_web::test]
async fn session_ends_by_sign_out_by_time_and_with_its_token() {
    let both = format!("[admin]\ntoken = '''mira:{TOKEN}\nrosa:{OTHER_TOKEN}'''\n");
    let fixture = Fixture::new(&both).await;
    let mut mira = fixture.operator(TOKEN).await;
    let rosa = fixture.operator(OTHER_TOKEN).await;
    let stolen = mira.jar.clone();
    let page = mira.get(&fixture.url("")).await.text();
    let form = page.split("/inspector/sign-out").nth(1).expect("a form").split("</form>").next().map(hidden_fields);
    let response = fixture.post(&mut mira, "/inspector/sign-out", &form.expect("a form")).await;
    assert_eq!((response.status, mira.jar.len()), (303, 0));
    mira.jar = stolen;
    assert!(!fixture.is_signed_in(&mira).await, "a cookie works again after signing out");
    assert!(fixture.is_signed_in(&rosa).await);
    fixture.reload(&settings()).await;
    assert!(!fixture.is_signed_in(&rosa).await, "a cookie outlives its token");
    fixture.reload(&both).await;
    assert!(fixture.is_signed_in(&rosa).await);
    fixture.app.wait(8 * 3_600 - 1);
    assert!(fixture.is_signed_in(&rosa).await);
    fixture.app.wait(1);
    assert!(!fixture.is_signed_in(&rosa).await, "a cookie outlives its time");
}

#[actix_web::test]
async fn cookie_opens_no_json_route() {
    let fixture = Fixture::new(&settings()).await;
    let browser = fixture.operator(TOKEN).await;
    for path in ["/users", "/flows", "/", "/nothing", "/inspector"] {
        let status = browser.peek(&fixture.url(path)).await.status;
        assert_eq!(status, if path == "/inspector" { 404 } else { 401 }, "{path}");
    }
    let bearer = format!("Bearer {TOKEN}");
    let (url, headers) = (fixture.url("/inspector/users"), [("Authorization", bearer.as_str())]);
    let page = Browser::new().send("GET", &url, &headers, Vec::new()).await;
    assert_eq!(page.status, 303, "a bearer token opens no page");
}

#[actix_web::test]
async fn acts_need_a_form_of_the_same_session_and_are_recorded() {
    let both = format!("[admin]\ntoken = '''mira:{TOKEN}\nrosa:{OTHER_TOKEN}'''\n");
    let fixture = Fixture::new(&both).await;
    let session = fixture.node.session(&mut Browser::new(), "google", "mira").await;
    let user = user_id(&session);
    let (mut mira, mut rosa) = (fixture.operator(TOKEN).await, fixture.operator(OTHER_TOKEN).await);
    let (form, foreign) = (fixture.form(&mut mira, user).await, fixture.form(&mut rosa, user).await);
    assert_ne!(form, foreign);
    let path = format!("/inspector/users/{user}/disable");
    let before = (fixture.app.row_counts().await, fixture.app.count("audit_events").await);
    for form in ["", "token=", &foreign, &format!("{form}x")] {
        assert_eq!(fixture.post(&mut mira, &path, form).await.status, 403, "{form}");
    }
    for from in [&[("Origin", "https://elsewhere.test")][..], &[("Sec-Fetch-Site", "cross-site")], &[]] {
        assert_eq!(fixture.post_from(&mut mira, &path, &form, from).await.status, 403, "{from:?}");
    }
    assert_eq!(fixture.post(&mut Browser::new(), &path, &form).await.location(), "/admin");
    assert_eq!(mira.get(&fixture.url(&format!("{path}?{form}"))).await.status, 405);
    assert_eq!((fixture.app.row_counts().await, fixture.app.count("audit_events").await), before);

    let done = fixture.post(&mut mira, &path, &form).await;
    assert_eq!(done.location(), format!("/admin/inspector/users/{user}?done=disabled"), "{}", done.text());
    let page = mira.get(&fixture.url(&format!("/inspector/users/{user}?done=disabled"))).await.text();
    for part in ["The user is disabled, and all sessions have ended.", "admin:mira", "<td>disable</td>"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let refreshed = fixture.node.refresh(&Browser::new(), refresh_token(&session)).await;
    assert_eq!(refreshed.status, 401);
    assert_eq!(fixture.post(&mut mira, &path.replace("disable", "enable"), &form).await.status, 303);

    let session = fixture.node.session(&mut Browser::new(), "google", "mira").await;
    let id = fixture.app.text("SELECT lower(hex(id)) FROM sessions").await.expect("a session");
    let end = format!("/inspector/users/{user}/sessions/{id}/end");
    let ended = fixture.post(&mut mira, &end, &form).await;
    assert!(ended.location().ends_with("?done=session-ended"), "{}", ended.text());
    assert_eq!(fixture.node.refresh(&Browser::new(), refresh_token(&session)).await.status, 401);

    fixture.app.execute("UPDATE users SET email_verified = FALSE").await;
    let verify = format!("/inspector/users/{user}/verify-email");
    for (email, status) in [("", 400), ("&email=rosa%40example.com", 409), ("&email=mira%40example.org", 303)] {
        assert_eq!(fixture.post(&mut mira, &verify, &format!("{form}{email}")).await.status, status, "{email}");
    }
}

#[actix_web::test]
async fn pages_are_open_in_development_and_nobody_can_act() {
    let fixture = Fixture::new("").await;
    let session = fixture.node.session(&mut Browser::new(), "google", "mira").await;
    let user = format!("/inspector/users/{}", user_id(&session));
    let mut browser = Browser::new();
    let page = browser.get(&fixture.url(&user)).await.text();
    assert!(page.contains("Development mode without a token") && page.contains("Mira Okafor"), "{page}");
    assert!(!page.contains("<form method=\"post\""), "{page}");
    assert_eq!(fixture.post(&mut browser, &format!("{user}/disable"), "token=x").await.status, 403);
    assert_eq!(fixture.post(&mut browser, "/inspector/sign-in", &format!("token={TOKEN}")).await.status, 404);
    let rebound = browser.send("GET", &fixture.url(""), &[("Host", "elsewhere.test")], Vec::new()).await;
    assert_eq!(rebound.status, 421, "a page of another site by DNS rebinding");
    let proxied = Fixture::new("server.trusted_proxies = ['127.0.0.0/8']").await;
    let remote = browser.send("GET", &proxied.url(""), &[("X-Forwarded-For", "198.51.100.7")], Vec::new()).await;
    assert!(remote.status == 403 && remote.text().contains("on this machine only"), "{}", remote.text());
}

#[actix_web::test]
async fn pages_explain_and_show_no_secret_and_no_markup_of_others() {
    let fixture = Fixture::new(&settings()).await;
    let session = fixture.node.session(&mut Browser::new(), "google", "mira").await;
    let flow = denied(&fixture.node).await;
    let markup = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    fixture.app.execute(&format!("UPDATE users SET display_name = '{markup}', email = '\"><b>@example.org'")).await;
    fixture.app.execute(&format!("UPDATE identities SET email = '{markup}'")).await;
    let mut browser = fixture.operator(TOKEN).await;
    let user = format!("/inspector/users/{}", user_id(&session));
    let mut texts = Vec::new();
    for (path, part) in [
        (String::new(), "user-denied"),
        ("?provider=%3Cb%3E&outcome=%22%3E&since=x&next=%22%3E".to_owned(), "user-denied"),
        ("?outcome=signed-in&provider=google".to_owned(), "signed in"),
        (format!("/inspector/flows/{flow}"), "The user denied consent at the provider."),
        (user.clone(), "104477"),
        ("/inspector/users?q=nobody%40example.org".to_owned(), "no user has the address"),
        ("/inspector/users?q=%3Cb%3E%22".to_owned(), "is not an email address"),
        ("/inspector/flows/0123456789abcdef".to_owned(), "no record of the flow"),
    ] {
        let page = browser.get(&fixture.url(&path)).await;
        let text = page.text();
        let part = if path == user { "&lt;script&gt;alert(1)" } else { part };
        assert!(text.contains(part), "{path}: {part} in {text}");
        for markup in ["<script>alert", "<img", "<b>"] {
            assert!(!text.contains(markup), "{path}: {markup} in {text}");
        }
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), (Some("DENY"), Some("no-store")));
        texts.push(text);
    }
    assert!(!texts[0].contains("example.org"), "nobody asked for an address");
    let refresh = refresh_token(&session);
    for secret in [TOKEN, refresh, session["accessToken"].as_str().expect("a token"), &browser.jar[COOKIE]] {
        assert!(texts.iter().all(|text| !text.contains(secret)), "a page shows a secret");
    }
    let by_identity = browser.get(&fixture.url("/inspector/users?q=google%3Anobody")).await.text();
    assert!(by_identity.contains("no user has the identity"), "{by_identity}");
    let found = browser.get(&fixture.url("/inspector/users?q=MIRA%40example.org")).await;
    assert_eq!(found.location(), format!("/admin{user}"));
}

#[actix_web::test]
async fn stream_tells_of_sign_ins_as_they_happen_and_ends() {
    let fixture = Fixture::new(&settings()).await;
    let mut browser = fixture.operator(TOKEN).await;
    assert_eq!(Browser::new().listen(&fixture.url("/inspector/live")).await.status, 401);
    let before = fixture.app.clock.now().millis();
    let early = denied(&fixture.node).await;
    let mut all = browser.listen(&fixture.url("/inspector/live")).await;
    let mut failed = browser.listen(&fixture.url("/inspector/live?outcome=failed")).await;
    let mut replayed = browser.listen(&fixture.url(&format!("/inspector/live?from={before}"))).await;
    assert!(replayed.until(&early).await.contains(&early), "what has happened before it connected");
    let start = format!("{}/signin/provider/github", fixture.node.base);
    let mut user = Browser::new();
    let begun = user.get(&start).await.location();
    assert!(all.until("at-provider").await.contains("id=\"flow-"), "a flow that has just begun");
    let callback = user.get(&format!("{begun}&login=deny")).await.location();
    let flow = parameter(&user.get(&callback).await.location_url(), "flow").expect("a flow");
    let row = format!("<tr id=\"flow-{flow}\">");
    let text = all.until("user-denied").await;
    assert!(text.contains(&row) && !text.contains(&early), "{text}");
    let text = failed.until("event: gone").await;
    assert!(text.contains(&format!("data: flow-{flow}")) && !text.contains("<tr"), "{text}");
    let form = browser.get(&fixture.url("")).await.text();
    let form = form.split("/inspector/sign-out").nth(1).expect("a form").split("</form>").next().map(hidden_fields);
    fixture.post(&mut browser, "/inspector/sign-out", &form.expect("a form")).await;
    assert!(all.read_to_end().await.ends_with("event: over\ndata: session\n\n"));
    let other = fixture.operator(TOKEN).await;
    let mut last = other.listen(&fixture.url("/inspector/live")).await;
    fixture.vouchsafe.health().begin_shutdown();
    assert!(!last.read_to_end().await.contains("over"), "a browser may connect to another node");
}
