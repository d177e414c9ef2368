//! Flows in the browser: one cookie for each, HttpOnly, `SameSite=Lax`, and bound to this host on https.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};

use super::front::Front;
use crate::flow::directory::Begun;
use crate::flow::state::FlowId;

/// How many flows one browser carries; a new one puts the oldest away.
const MOST: usize = 5;

/// `__Host-` binds a cookie to this very host, so that no neighbour can plant one; it needs https.
fn prefix(front: &Front) -> &'static str {
    if front.is_https { "__Host-vouchsafe-flow." } else { "vouchsafe-flow." }
}

fn name(front: &Front, state: &str) -> String {
    format!("{}{state}", prefix(front))
}

/// A cookie that only we read, in navigations alone.
pub(super) fn cookie(front: &Front, name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(true).secure(front.is_https).same_site(SameSite::Lax).finish()
}

/// The cookie of a flow that has begun.
#[must_use]
pub fn of_flow(front: &Front, begun: &Begun) -> Cookie<'static> {
    let mut cookie = cookie(front, name(front, begun.id.as_str()), begun.sealed.clone());
    cookie.set_max_age(CookieDuration::try_from(begun.ttl).unwrap_or(CookieDuration::MINUTE));
    cookie
}

fn removal(front: &Front, id: &FlowId) -> Cookie<'static> {
    let mut cookie = cookie(front, name(front, id.as_str()), String::new());
    cookie.make_removal();
    cookie
}

/// The cookie that takes this flow away; `None` for what somebody made up, which is no part of a cookie's name.
#[must_use]
pub fn removal_of(front: &Front, state: &str) -> Option<Cookie<'static>> {
    state.parse().ok().map(|id| removal(front, &id))
}

/// The sealed flow that this browser brought for this `state`.
#[must_use]
pub fn sealed_flow(front: &Front, request: &HttpRequest, state: &str) -> Option<String> {
    brought(request, &name(front, state))
}

/// What this browser brought under this name. A name that comes twice proves nothing.
pub(super) fn brought(request: &HttpRequest, name: &str) -> Option<String> {
    let cookies = request.cookies().ok()?;
    let mut found = cookies.iter().filter(|cookie| cookie.name() == name);
    let first = found.next()?;
    found.next().is_none().then(|| first.value().to_owned())
}

/// Removals for the oldest flows of this browser, so that there is room for one more.
#[must_use]
pub fn make_room(front: &Front, request: &HttpRequest) -> Vec<Cookie<'static>> {
    let prefix = prefix(front);
    let mut flows: Vec<FlowId> = request.cookies().map_or_else(
        |_| Vec::new(),
        |cookies| cookies.iter().filter_map(|cookie| cookie.name().strip_prefix(prefix)?.parse().ok()).collect(),
    );
    flows.sort_by_key(|id| std::cmp::Reverse(id.began_at()));
    flows.iter().skip(MOST - 1).map(|id| removal(front, id)).collect()
}
