//! Cookies of flows: one per flow, HttpOnly, `SameSite=Lax`, and bound to this host on https.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};

use super::state::HttpState;
use crate::flow::service::Begun;
use crate::flow::state::FlowId;

/// The most flows of one browser; a new one replaces the oldest.
const MAX_FLOWS: usize = 5;

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
    let mut cookie = cookie(http, name(http, id.as_str()), String::new());
    cookie.make_removal();
    cookie
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

/// The value of a cookie. A name that comes twice is ambiguous, and read as absent.
pub(super) fn read_cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let cookies = request.cookies().ok()?;
    let mut found = cookies.iter().filter(|cookie| cookie.name() == name);
    let first = found.next()?;
    found.next().is_none().then(|| first.value().to_owned())
}

/// Removals of the oldest flows of this browser, so that there is room for one more.
#[must_use]
pub fn evict_oldest(http: &HttpState, request: &HttpRequest) -> Vec<Cookie<'static>> {
    let prefix = prefix(http);
    let mut flows: Vec<FlowId> = request.cookies().map_or_else(
        |_| Vec::new(),
        |cookies| cookies.iter().filter_map(|cookie| cookie.name().strip_prefix(prefix)?.parse().ok()).collect(),
    );
    flows.sort_by_key(|id| std::cmp::Reverse(id.began_at()));
    flows.iter().skip(MAX_FLOWS - 1).map(|id| removal(http, id)).collect()
}
