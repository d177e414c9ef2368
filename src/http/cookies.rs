//! Cookies of flows: one per flow, HttpOnly, `SameSite=Lax`, and bound to this host on https.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;

use super::form_post;
use super::state::HttpState;
use crate::flow::service::Begun;
use crate::flow::state::FlowId;
use crate::flow::supervisor::BrowserCookies;

/// The most flows of one browser; a new one replaces the oldest.
const MAX_FLOWS: usize = 5;

/// The bytes of all cookies of a browser, the app's own included, up to which flows are kept. Common proxies refuse a
/// `Cookie` header of 8 kB. A form post (2.9 kB, see [`form_post`]) and the tokens of a sign-in (0.5 kB) arrive without
/// a look at the others, and still fit into 7,500 bytes.
const BUDGET: usize = 4_100;

/// `__Host-` binds a cookie to this host, so that no other host of the site can set one; it needs https.
fn prefix(http: &HttpState) -> &'static str {
    if http.is_https { "__Host-vouchsafe-flow." } else { "vouchsafe-flow." }
}

fn name(http: &HttpState, state: &str) -> String {
    format!("{}{state}", prefix(http))
}

/// A cookie that scripts cannot read and that comes with navigations and requests of the same site only.
pub(super) fn cookie(http: &HttpState, name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(http.is_https).same_site(SameSite::Lax).finish()
}

/// The cookie of a flow that has begun.
#[must_use]
pub fn flow_cookie(http: &HttpState, begun: &Begun) -> Cookie<'static> {
    let mut cookie = cookie(http, name(http, begun.id.as_str()), begun.sealed.clone());
    cookie.set_max_age(CookieDuration::try_from(begun.ttl).unwrap_or(CookieDuration::MINUTE));
    cookie
}

fn removal(http: &HttpState, id: &FlowId) -> Cookie<'static> {
    removed(http, name(http, id.as_str()))
}

/// The cookie that removes another one of ours.
pub(super) fn removed(http: &HttpState, name: String) -> Cookie<'static> {
    let mut cookie = cookie(http, name, String::new());
    cookie.make_removal();
    cookie
}

/// The name of the cookie of a link that awaits confirmation.
#[must_use]
pub fn link_name(http: &HttpState) -> &'static str {
    if http.is_https { "__Host-vouchsafe-link" } else { "vouchsafe-link" }
}

/// The cookie that removes this flow; `None` if `state` is not the id of a flow, and so not safe in a cookie's name.
#[must_use]
pub fn flow_removal(http: &HttpState, state: &str) -> Option<Cookie<'static>> {
    state.parse().ok().map(|id| removal(http, &id))
}

/// The sealed flow of this `state` from the request's cookies.
#[must_use]
pub fn sealed_flow(http: &HttpState, request: &HttpRequest, state: &str) -> Option<String> {
    read_cookie(request, &name(http, state))
}

/// Whether the browser has begun the flow that the query of a callback names.
#[must_use]
pub fn has_flow_of_query(http: &HttpState, request: &HttpRequest) -> bool {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let states: Vec<_> = query.filter(|(name, _)| name == "state").map(|(_, state)| state).collect();
    matches!(states.as_slice(), [state] if sealed_flow(http, request, state).is_some())
}

/// Whether the browser has begun a flow that may not have ended.
fn has_flow(http: &HttpState, request: &HttpRequest) -> bool {
    cookies(request).any(|(name, _)| name.starts_with(prefix(http)))
}

/// What cookies came with a callback whose own flow has none.
#[must_use]
pub fn without_flow(http: &HttpState, request: &HttpRequest) -> BrowserCookies {
    match () {
        () if !request.headers().contains_key(header::COOKIE) => BrowserCookies::None,
        () if has_flow(http, request) => BrowserCookies::Flows,
        () => BrowserCookies::Others,
    }
}

/// The names and values of a request's cookies. What a browser sends of a cookie without a name, or with bytes that are
/// not UTF-8, is left out: a page of the same host may have set it. A value may be in quotes (RFC 6265 section 4.1.1).
fn cookies(request: &HttpRequest) -> impl Iterator<Item = (&str, &str)> {
    let headers = request.headers().get_all(header::COOKIE);
    let cookies = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let pairs = cookies.filter_map(|cookie| std::str::from_utf8(cookie).ok()?.split_once('='));
    let unquoted = |value| str::strip_suffix(str::strip_prefix(value, '"')?, '"');
    pairs.map(move |(name, value)| (name.trim(), unquoted(value.trim()).unwrap_or(value.trim())))
}

/// The value of a cookie. A name that comes twice is ambiguous, and read as absent.
#[must_use]
pub fn read_cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let mut found = cookies(request).filter(|(found, _)| *found == name);
    let (_, value) = found.next()?;
    found.next().is_none().then(|| value.to_owned())
}

/// Removals that make room for a new flow of `new_bytes`: the oldest flows, and if that is not enough, a pending link.
#[must_use]
pub fn evict_oldest(http: &HttpState, request: &HttpRequest, new_bytes: usize) -> Vec<Cookie<'static>> {
    let (mut flows, mut used, mut link) = (Vec::new(), new_bytes, 0);
    for (name, value) in cookies(request) {
        let bytes = cookie_bytes(name, value);
        if let Some(id) = name.strip_prefix(prefix(http)).and_then(|id| id.parse::<FlowId>().ok()) {
            flows.push((id, bytes));
        } else if name != form_post::name(http) {
            used += bytes;
            link += if name == link_name(http) { bytes } else { 0 };
        }
    }
    let mut removals = Vec::new();
    if link > 0 && used > BUDGET {
        used -= link;
        removals.push(removed(http, link_name(http).to_owned()));
    }
    flows.sort_by_key(|(id, _)| std::cmp::Reverse(id.began_at()));
    for (position, (id, bytes)) in flows.iter().enumerate() {
        used += bytes;
        if position + 1 >= MAX_FLOWS || used > BUDGET {
            removals.push(removal(http, id));
        }
    }
    removals
}

/// What a cookie adds to the `Cookie` header.
pub(super) fn cookie_bytes(name: &str, value: &str) -> usize {
    name.len() + value.len() + "=; ".len()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn cookie_is_read_once_or_not_at_all() {
        let read = |headers: &[&[u8]]| {
            let headers = headers.iter().map(|header| HeaderValue::from_bytes(header).unwrap());
            let request =
                headers.fold(TestRequest::default(), |request, value| request.append_header((header::COOKIE, value)));
            read_cookie(&request.to_http_request(), "a")
        };
        for (headers, value) in [
            (&[b"a=1".as_slice()][..], Some("1")),
            (&[b"b=2;a=1; c"], Some("1")),
            (&[b"\xff=\xff; a = 1 ; A=3"], Some("1")),
            (&[b"b=2", b"a=x=y"], Some("x=y")),
            (&[b"a="], Some("")),
            (&[b"a=\"x=\"; b=1"], Some("x=")),
            (&[b"a=\"\""], Some("")),
            (&[b"a=\""], Some("\"")),
            (&[b"a=%20"], Some("%20")),
            (&[b"a=1; a=1"], None),
            (&[b"a=1", b"a=1"], None),
            (&[b"a; aa=1; =a=1; a\xff=1"], None),
            (&[], None),
        ] {
            assert_eq!(read(headers).as_deref(), value, "{headers:?}");
        }
    }
}
