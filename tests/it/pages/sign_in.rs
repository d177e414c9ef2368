//! `GET /signin` of the Nhost dialect and `GET {aufy.auth_path}/signin`.

use actix_web::web;
use vouchsafe_simulator::SimulatedProvider;

use super::{buttons, link};
use crate::aufy::BACK;
use crate::support::app::{CHALLENGE, Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

const COOKIE: &str = "vouchsafe-provider";

/// Presses the button with this text on the page at `url`, and signs in as `persona`; returns the app's URL.
async fn press(browser: &mut Browser, url: &str, text: &str, persona: &str) -> url::Url {
    let page = browser.get(url).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let button = link(&page, url, text);
    let answer = browser.get(button.as_str()).await;
    let start = button.join(&answer.location()).expect("a URL");
    let authorize = browser.get(start.as_str()).await.location();
    let callback = browser.get(&format!("{authorize}&login={persona}")).await.location();
    browser.get(&callback).await.location_url()
}

#[actix_web::test]
async fn buttons_sign_in_wherever_the_page_is_mounted() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let vouchsafe = app.build(app.settings(&format!("{origin}/auth/v1"), "")).await;
    let handle = serve(listener, 1, move || {
        let routes = vouchsafe.routes();
        move |config: &mut web::ServiceConfig| {
            config.service(web::scope("/auth").configure(routes));
        }
    });
    let node = Node::at(format!("{origin}/auth"), handle);
    let query =
        format!("redirectTo=https%3A%2F%2Fx.preview.test%2Fp%3Fa%3D1%262&state=a%26b&codeChallenge={CHALLENGE}");
    for path in ["signin", "v1/signin"] {
        let url = format!("{}/{path}?{query}", node.base);
        let target = press(&mut Browser::new(), &url, "Google", "mira").await;
        assert_eq!((target.host_str(), target.path()), (Some("x.preview.test"), "/p"), "{target}");
        assert_eq!(parameter(&target, "state").as_deref(), Some("a&b"));
        assert!(parameter(&target, "code").is_some(), "{target}");
    }
    for (query, expected) in [(format!("?callbackUrl={BACK}"), BACK), (String::new(), "https://app.test/")] {
        let url = format!("{}{query}", node.auth("signin"));
        let browser = &mut Browser::new();
        assert_eq!(press(browser, &url, "GitHub", "mira").await.as_str(), expected);
        let entered = node.post(browser, "auth/signin/external", None, "").await;
        assert_eq!(entered.status, 200, "{}", entered.text());
    }
}

#[actix_web::test]
async fn what_no_start_would_accept_is_refused_by_the_page() {
    let app = TestApp::new();
    let node = app.node_with("compat.refresh_token_in_url = false").await;
    let browser = Browser::new();
    let good = format!("codeChallenge={CHALLENGE}");
    for (query, error) in [
        (format!("{good}&redirectTo=https://evil.test/"), "redirectTo-not-allowed"),
        (format!("{good}&provider=google&redirectTo=https://evil.test/"), "redirectTo-not-allowed"),
        (format!("{good}&redirectTo="), "redirectTo-not-allowed"),
        (format!("{good}&state=a&state=b"), "invalid-request"),
        (format!("{good}&provider=nobody"), "invalid-request"),
        ("codeChallenge=short".to_owned(), "invalid-request"),
        ("".to_owned(), "invalid-request"),
    ] {
        browser.peek(&format!("{}/signin?{query}", node.base)).await.assert_error(400, error);
    }
    for (query, status, detail) in [
        ("callbackUrl=https://evil.test/", 400, "callbackUrl is not allowed"),
        ("callbackUrl=https://app.test/&callbackurl=https://app.test/", 400, "more than once"),
        ("provider=nobody", 404, "Provider not found"),
    ] {
        let response = browser.peek(&format!("{}?{query}", node.auth("signin"))).await;
        response.assert_problem(status, detail);
    }
    for url in [format!("{}/signin?{good}", node.base), node.auth("signin")] {
        let head = browser.send("HEAD", &url, &[], Vec::new()).await;
        assert_eq!((head.status, head.body.len()), (200, 0), "{url}");
        assert!(head.header("content-security-policy").is_some_and(|policy| policy.contains("form-action 'none'")));
        assert_eq!(browser.send("POST", &url, &[], Vec::new()).await.status, 405, "{url}");
    }
}

#[actix_web::test]
async fn last_used_provider_comes_first_then_those_that_the_operator_orders() {
    let app = TestApp::new();
    let node = app.node_with("pages.providers = ['oidc']").await;
    let (url, browser) = (format!("{}/signin", node.base), &mut Browser::new());
    let labels = |names: [&str; 3]| names.map(|name| format!("Continue with {name}"));
    let page = browser.get(&url).await;
    let first = buttons(&page)[0].trim_start_matches("Continue with ").to_owned();
    assert_eq!(buttons(&page), labels([&first, "GitHub", "Google"]));
    assert!(!page.text().contains("Last used"));

    let pressed = browser.get(link(&page, &url, "Google").as_str()).await;
    let cookie = pressed.cookie(COOKIE);
    for attribute in ["google;", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=15552000"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    // The dialects share what was used last.
    for url in [url.clone(), node.auth("signin")] {
        let page = browser.get(&url).await;
        assert_eq!(buttons(&page), labels(["Google", &first, "GitHub"]));
        assert_eq!(page.text().matches("Last used").count(), 1);
    }
    browser.jar.insert(COOKIE.to_owned(), "<nobody>".to_owned());
    assert_eq!(buttons(&browser.get(&url).await), labels([&first, "GitHub", "Google"]));

    let node = app.node_with("pages = { remember_provider = false, hidden_providers = ['oidc', 'github'] }").await;
    let (url, browser) = (format!("{}/signin", node.base), &mut Browser::new());
    browser.jar.insert(COOKIE.to_owned(), "google".to_owned());
    let page = browser.get(&url).await;
    assert_eq!((buttons(&page), page.text().contains("Last used")), (vec!["Continue with Google".to_owned()], false));
    assert_eq!(link(&page, &url, "Google").as_str(), format!("{}/signin/provider/google", node.base));
    assert!(browser.get(&format!("{url}?provider=google")).await.cookies().is_empty());
}

#[actix_web::test]
async fn provider_that_does_not_answer_is_marked() {
    let app = TestApp::new();
    let twitter = app.provider(SimulatedProvider::Twitter);
    let url = app.simulator.endpoints(SimulatedProvider::Twitter).request_token.expect("an endpoint").to_string();
    let node = app.node_with(&twitter.replace(&url, "http://127.0.0.1:1/")).await;
    let (url, browser) = (format!("{}/signin", node.base), Browser::new());
    let mark = "Not answering at the moment";
    assert!(!browser.peek(&url).await.text().contains(mark));
    for _ in 0..5 {
        browser.peek(&format!("{}/signin/provider/twitter", node.base)).await;
    }
    let page = browser.peek(&url).await.text();
    let [before, after] = page.split(mark).collect::<Vec<_>>()[..] else { panic!("not one mark in {page}") };
    assert!(before.ends_with("Continue with X <span class=\"alert\">"), "{before}");
    assert!(after.starts_with("</span>"), "{after}");
    app.wait(15);
    assert!(!browser.peek(&url).await.text().contains(mark));
}

#[actix_web::test]
async fn names_and_parameters_are_never_markup() {
    let app = TestApp::new();
    let more = format!(
        "pages = {{ name = '<i>\"', providers = ['acme'] }}\n[providers.acme]\nlabel = '<b>\"&'\ntype = 'oidc'\n\
         icon = 'https://foreign.test/<u>.svg'\nissuer = '{}'\nclient_id = 'x'\nclient_secret = 'y'",
        app.simulator.endpoints(SimulatedProvider::Oidc).issuer
    );
    let node = app.node_with(&more).await;
    let page = Browser::new().peek(&format!("{}/signin?state=%22%3E%3Cs%3E", node.base)).await.text();
    for markup in ["<i>", "<b>", "<u>", "<s>", "\"\"", "foreign.test"] {
        assert!(!page.contains(markup), "{markup} in {page}");
    }
    assert!(page.contains("Continue with &lt;b&gt;&quot;&amp;"), "{page}");
    assert!(page.contains("state=%22%3E%3Cs%3E"), "{page}");
}

#[actix_web::test]
async fn page_without_providers_says_what_to_do() {
    let app = TestApp::new();
    let (listener, origin) = listen();
    let mut settings = app.settings(&origin, "");
    settings.providers.clear();
    let vouchsafe = app.build(settings).await;
    let node = Node::at(origin, serve(listener, 1, move || vouchsafe.routes()));
    let german = [("Accept-Language", "de-AT, en;q=0.5")];
    let page = Browser::new().send("GET", &format!("{}/signin", node.base), &german, Vec::new()).await;
    assert_eq!((page.status, page.header("content-language")), (200, Some("de")), "{}", page.text());
    assert!(page.text().contains("[providers.google]") && page.text().contains("lang=\"de\""), "{}", page.text());
}
