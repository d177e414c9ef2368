//! Return URLs that are allowed, and a corpus of attacks.

use super::rule::InvalidRule;
use super::*;

fn list() -> AllowList {
    let rules = ["https://*.preview.example.com".to_owned(), "myapp://cb".to_owned()];
    AllowList::new("https://app.example.com", &rules).expect("rules")
}

#[test]
fn a_url_below_a_rule_is_allowed_and_serialised_again() {
    for (given, used) in [
        ("https://app.example.com", "https://app.example.com/"),
        ("https://app.example.com:443/x", "https://app.example.com/x"),
        ("HTTPS://APP.example.com/a?b=c#d", "https://app.example.com/a?b=c#d"),
        ("https://a-1.preview.example.com/x", "https://a-1.preview.example.com/x"),
        ("https://app.example.com/redirect?u=//evil.com", "https://app.example.com/redirect?u=//evil.com"),
        ("https://app.example.com/%0d%0a", "https://app.example.com/%0d%0a"),
        ("https://app.example.com/a..b/...", "https://app.example.com/a..b/..."),
        ("https://app.example.com/100%25/a%2fb", "https://app.example.com/100%25/a%2fb"),
        ("https://app.example.com/x?next=../y", "https://app.example.com/x?next=../y"),
        ("myapp://cb", "myapp://cb"),
        ("MYAPP://CB", "myapp://cb"),
        ("myapp://cb/deep?x=1", "myapp://cb/deep?x=1"),
    ] {
        assert_eq!(list().check(given).as_ref().map(ReturnUrl::as_str), Ok(used), "{given}");
    }
}

#[test]
fn the_corpus_of_attacks_is_refused() {
    let long = format!("https://app.example.com/{}", "x".repeat(5000));
    for bad in [
        "",
        "/x",
        "//evil.com",
        "///evil.com",
        "/\\evil.com",
        "\\\\evil.com",
        "https:evil.com",
        "https:/evil.com",
        "https:\\\\evil.com",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com@evil.com",
        "https://app.example.com%40evil.com",
        "https://app.example.com:x@evil.com",
        "https://evil.com\\@app.example.com",
        "https://evil.com#@app.example.com",
        "https://evil.com?app.example.com",
        "https://app.example.com.evil.com",
        "https://evilapp.example.com",
        "https://app.example.com%2eevil.com",
        "https://app.example.com%00.evil.com",
        "https://2130706433\\.preview.example.com",
        "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://a.b.preview.example.com",
        "https://preview.example.com",
        "https://.preview.example.com",
        "https://-.preview.example.com",
        "https://-.preview.example.com%2f@evil.com",
        "https://evil.com?.preview.example.com/x",
        "https://evil.com#.preview.example.com/x",
        "https://\u{ff41}pp.example.com",
        "https:/app.example.com/x",
        "https:\\\\app.example.com",
        "https://xn--app-.example.com",
        "https://\u{430}pp.example.com",
        "https://app\u{3002}example\u{3002}com",
        "https://app.example.com./",
        "https://%61pp.example.com/",
        "javascript:alert(1)",
        "JaVaScRiPt://app.example.com/%0aalert(1)",
        " javascript:alert(1)",
        "\tjavascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://app.example.com/x",
        "file:///etc/passwd",
        "view-source:https://app.example.com",
        "intent://app.example.com",
        "myapp://cb.evil.tld",
        "myapp://cb/../x",
        "myapp://cb/%2e%2e/x",
        "myapp://cb%2f..%2fx",
        "myapp:cb",
        "myapp://",
        "otherapp://cb",
        "https://app.example.com/../x",
        "https://app.example.com/x/%2e%2e/y",
        "https://app.example.com/x/.%2E/y",
        "https://app.example.com/x/..%2fy",
        "https://app.example.com/x%2f..",
        "https://app.example.com/x/..%5cy",
        "https://app.example.com/x/%5c..%5cy",
        "https://app.example.com/x/%252e%252e/y",
        "https://app.example.com/x/%252e%252e%252fy",
        "https://app.example.com/x/%25252e%25252e%25252fy",
        "https://app.example.com/x/..;/y",
        "https://app.example.com/x/%2e%2e;a=b/y",
        "https://app.example.com/x/%2e/y",
        "https://app.example.com/\r\nSet-Cookie:x",
        "ht\ntps://app.example.com",
        "https://app.exam\tple.com",
        " https://app.example.com",
        "https://app.example.com ",
        "http://[",
        "https://%",
        "https://",
        &long,
    ] {
        assert_eq!(list().check(bad), Err(NotAllowed), "{bad:?}");
    }
}

#[test]
fn a_url_of_the_greatest_length_is_allowed() {
    let of_length = |length: usize| format!("{:x<length$}", "https://app.example.com/");
    assert!(list().check(&of_length(2048)).is_ok());
    assert_eq!(list().check(&of_length(2049)), Err(NotAllowed));
}

#[test]
fn a_path_is_a_prefix_on_a_segment_boundary() {
    let list = AllowList::new("https://app.example.com/in/", &[]).expect("rules");
    assert!(list.check("https://app.example.com/in/x").is_ok());
    assert!(list.check("https://app.example.com/in").is_ok());
    assert!(list.check("https://app.example.com/inside").is_err());
    assert!(list.check("https://app.example.com/").is_err());
}

#[test]
fn a_rule_never_allows_any_host() {
    for (bad, why) in [
        ("https://*", InvalidRule::Wildcard),
        ("https://*.com", InvalidRule::Wildcard),
        ("https://a.*.com", InvalidRule::Wildcard),
        ("https://**.example.com", InvalidRule::Wildcard),
        ("*", InvalidRule::Shape),
        ("https://", InvalidRule::Shape),
        ("https://*.vercel.app", InvalidRule::PublicSuffix),
        ("https://*-team.vercel.app", InvalidRule::PublicSuffix),
        ("https://*.github.io", InvalidRule::PublicSuffix),
        ("https://*.co.uk/**", InvalidRule::PublicSuffix),
        ("https://*.GITHUB.io:8443", InvalidRule::PublicSuffix),
        ("https://*.compute.amazonaws.com", InvalidRule::PublicSuffix),
        ("javascript://x", InvalidRule::Scheme),
        ("https://u@example.com", InvalidRule::Extra),
        ("https://example.com?x", InvalidRule::Extra),
    ] {
        assert_eq!(AllowList::new("https://app.example.com", &[bad.to_owned()]).map(drop), Err((1, why)), "{bad}");
    }
    assert_eq!(AllowList::new("https://*.app.example.com", &[]).map(drop), Err((0, InvalidRule::Wildcard)));
    for good in ["https://*.example.co.uk", "https://*.me.github.io", "https://*.preview.test", "https://*.example.com"]
    {
        assert!(AllowList::new("https://app.example.com", &[good.to_owned()]).is_ok(), "{good}");
    }
    let part = AllowList::new("https://app.example.com", &["https://*-pr.example.com/**".to_owned()]).expect("rules");
    assert!(part.check("https://7-pr.example.com/x").is_ok());
    assert!(part.check("https://x.7-pr.example.com/x").is_err());
}

#[test]
fn our_parameters_replace_those_of_the_same_name() {
    let url = list().check("https://app.example.com/x?z=1&a=2&error=theirs&refreshToken=theirs#frag").expect("allowed");
    assert_eq!(
        url.with_params(&[("refreshToken", "ours"), ("error", "a b")]),
        "https://app.example.com/x?a=2&error=a+b&refreshToken=ours&z=1#frag"
    );
    assert_eq!(list().default_url().with_params(&[]), "https://app.example.com/");
}

#[test]
fn the_origins_of_rules_leave_out_wildcards() {
    let origins: Vec<_> = list().origins().map(|origin| origin.to_string()).collect();
    assert_eq!(origins, ["https://app.example.com", "myapp://cb"]);
}

#[test]
fn a_marker_is_appended_and_an_old_one_removed() {
    let list = AllowList::new("https://app.test/", &["myapp://cb".to_owned()]).expect("a list");
    let marked = |url: &str, mark| list.check(url).expect("allowed").with_marker(&["failed", "signup"], mark, None);
    for (url, mark, expected) in [
        ("https://app.test", Some("failed"), "https://app.test/?failed=true"),
        ("https://app.test/p?link=github", Some("failed"), "https://app.test/p?link=github&failed=true"),
        ("https://app.test/p?b=%20&a=+#x", Some("signup"), "https://app.test/p?b=%20&a=+&signup=true#x"),
        ("https://app.test/p?failed=true&link=github", None, "https://app.test/p?link=github"),
        ("https://app.test/p?%66ailed=1&signup", Some("failed"), "https://app.test/p?failed=true"),
        ("https://app.test/p?unfailed=1", None, "https://app.test/p?unfailed=1"),
        ("myapp://cb?x=1", Some("signup"), "myapp://cb?x=1&signup=true"),
    ] {
        assert_eq!(marked(url, mark), expected, "{url}");
    }
}

#[test]
fn flow_of_a_failure_replaces_that_of_an_earlier_one_only() {
    let list = AllowList::new("https://app.test/", &[]).expect("a list");
    let flow = FlowTag::of("state");
    let marked = |url: &str| list.check(url).expect("allowed").with_marker(&["failed"], Some("failed"), Some(flow));
    let expected = format!("https://app.test/x?a=1&flow={flow}&failed=true");
    assert_eq!(marked("https://app.test/x?a=1"), expected);
    assert_eq!(marked("https://app.test/x?a=1&flow=0123456789abcdef&failed=true"), expected);
    assert_eq!(marked("https://app.test/x?flow=checkout"), "https://app.test/x?flow=checkout&failed=true");
}

#[test]
fn any_port_of_a_loopback_address_is_allowed_for_codes_only() {
    let rules = ["http://127.0.0.1:*/in", "http://[::1]:*", "http://127.0.0.1:4000"].map(str::to_owned);
    let list = AllowList::new("https://app.example.com", &rules).expect("rules");
    for (url, is_any_port) in [
        ("http://127.0.0.1:50123/in?x=1", true),
        ("http://127.0.0.1/in", true),
        ("http://[::1]:65535/", true),
        ("http://[0:0::1]:1/", true),
        ("http://127.0.0.1:4000/in", false),
        ("https://app.example.com/", false),
    ] {
        assert_eq!(list.check(url).map(|url| url.is_any_port()), Ok(is_any_port), "{url}");
    }
    for bad in [
        "http://127.0.0.1:50123/",
        "http://127.0.0.1:50123/inside",
        "https://127.0.0.1:50123/in",
        "http://127.0.0.2:50123/in",
        "http://localhost:50123/in",
        "http://127.0.0.1:65536/in",
        "http://127.0.0.1:x/in",
        "http://127.0.0.1:1@evil.test/in",
        "http://127.0.0.1.evil.test:1/in",
        "http://[::ffff:127.0.0.1]:1/",
    ] {
        assert_eq!(list.check(bad), Err(NotAllowed), "{bad}");
    }
    assert_eq!(list.origins().count(), 2, "no origin for any port");
    for bad in [
        "http://localhost:*",
        "https://127.0.0.1:*",
        "http://10.0.0.1:*",
        "http://app.example.com:*",
        "http://*.example.com:*",
        "myapp://cb:*",
    ] {
        assert_eq!(
            AllowList::new("https://a.test", &[bad.to_owned()]).map(drop),
            Err((1, InvalidRule::AnyPort)),
            "{bad}"
        );
    }
    assert_eq!(AllowList::new("http://127.0.0.1:*", &[]).map(drop), Err((0, InvalidRule::Wildcard)));
    assert_eq!(
        AllowList::new("https://a.test", &["http://127.0.0.1:1*".to_owned()]).map(drop),
        Err((1, InvalidRule::Wildcard))
    );
}
