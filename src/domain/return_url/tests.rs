//! Return URLs that pass, and a corpus of those that must not.

use super::rule::InvalidRule;
use super::*;

fn list() -> AllowList {
    let rules = ["https://*.preview.example.com".to_owned(), "myapp://cb".to_owned()];
    AllowList::new("https://app.example.com", &rules).expect("rules")
}

#[test]
fn urls_below_a_rule_pass_and_come_out_re_serialised() {
    for (given, used) in [
        ("https://app.example.com", "https://app.example.com/"),
        ("https://app.example.com:443/x", "https://app.example.com/x"),
        ("HTTPS://APP.example.com/a?b=c#d", "https://app.example.com/a?b=c#d"),
        ("https://a-1.preview.example.com/x", "https://a-1.preview.example.com/x"),
        ("https://app.example.com/redirect?u=//evil.com", "https://app.example.com/redirect?u=//evil.com"),
        ("https://app.example.com/%0d%0a", "https://app.example.com/%0d%0a"),
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
fn a_path_is_a_prefix_on_a_segment_boundary() {
    let list = AllowList::new("https://app.example.com/in/", &[]).expect("rules");
    assert!(list.check("https://app.example.com/in/x").is_ok());
    assert!(list.check("https://app.example.com/in").is_ok());
    assert!(list.check("https://app.example.com/inside").is_err());
    assert!(list.check("https://app.example.com/").is_err());
}

#[test]
fn a_rule_never_lets_in_any_host() {
    for (bad, why) in [
        ("https://*", InvalidRule::Wildcard),
        ("https://*.com", InvalidRule::Wildcard),
        ("https://a.*.com", InvalidRule::Wildcard),
        ("https://**.example.com", InvalidRule::Wildcard),
        ("*", InvalidRule::Shape),
        ("https://", InvalidRule::Shape),
        ("javascript://x", InvalidRule::Scheme),
        ("https://u@example.com", InvalidRule::Extra),
        ("https://example.com?x", InvalidRule::Extra),
    ] {
        assert_eq!(AllowList::new("https://app.example.com", &[bad.to_owned()]), Err((1, why)), "{bad}");
    }
    assert_eq!(AllowList::new("https://*.app.example.com", &[]), Err((0, InvalidRule::Wildcard)));
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
fn an_origin_is_allowed_when_it_is_the_origin_of_a_rule() {
    for good in ["https://app.example.com", "https://x.preview.example.com"] {
        assert!(list().is_origin_allowed(good), "{good}");
    }
    for bad in [
        "null",
        "http://app.example.com",
        "https://app.example.com.evil.com",
        "https://evil.com",
        "https://app.example.com:8443",
        "",
    ] {
        assert!(!list().is_origin_allowed(bad), "{bad}");
    }
}

#[test]
fn a_mark_is_joined_properly_and_an_old_one_goes() {
    let list = AllowList::new("https://app.test/", &["myapp://cb".to_owned()]).expect("a list");
    let marked = |url: &str, mark| list.check(url).expect("allowed").with_marker(&["failed", "signup"], mark);
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
