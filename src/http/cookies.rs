//! Flows in the browser: one cookie for each, HttpOnly, `SameSite=Lax`, and bound to this host on https. The forms that
//! belong to them are kept likewise.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};

use super::front::Front;
use crate::flow::directory::Begun;
use crate::flow::state::FlowId;

/// How many flows one browser carries; a new one puts the oldest away.
const MOST: usize = 5;

/// What is kept under the name of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The flow itself.
    Flow,
    /// The form in which its callback came.
    Form,
}

/// `__Host-` binds a cookie to this very host, so that no neighbour can plant one; it needs https.
fn prefix(front: &Front, kind: Kind) -> &'static str {
    match (kind, front.is_https) {
        (Kind::Flow, true) => "__Host-vouchsafe-flow.",
        (Kind::Flow, false) => "vouchsafe-flow.",
        (Kind::Form, true) => "__Host-vouchsafe-form.",
        (Kind::Form, false) => "vouchsafe-form.",
    }
}

pub(super) fn cookie(front: &Front, kind: Kind, state: &str, value: String) -> Cookie<'static> {
    Cookie::build(format!("{}{state}", prefix(front, kind)), value)
        .path("/")
        .http_only(true)
        .secure(front.is_https)
        .same_site(SameSite::Lax)
        .finish()
}

/// The cookie of a flow that has begun.
#[must_use]
pub fn of_flow(front: &Front, begun: &Begun) -> Cookie<'static> {
    let mut cookie = cookie(front, Kind::Flow, begun.id.as_str(), begun.sealed.clone());
    cookie.set_max_age(CookieDuration::try_from(begun.ttl).unwrap_or(CookieDuration::MINUTE));
    cookie
}

fn removal(front: &Front, kind: Kind, state: &str) -> Cookie<'static> {
    let mut cookie = cookie(front, kind, state, String::new());
    cookie.make_removal();
    cookie
}

/// The cookies that take away what the browser keeps for this flow.
#[must_use]
pub fn removals(front: &Front, request: &HttpRequest, state: &str) -> Vec<Cookie<'static>> {
    // What somebody made up is no part of a cookie's name.
    if state.parse::<FlowId>().is_err() {
        return Vec::new();
    }
    let form = brought(front, request, Kind::Form, state).map(|_| removal(front, Kind::Form, state));
    std::iter::once(removal(front, Kind::Flow, state)).chain(form).collect()
}

/// What this browser brought for this `state`, sealed. A name that comes twice proves nothing.
#[must_use]
pub fn brought(front: &Front, request: &HttpRequest, kind: Kind, state: &str) -> Option<String> {
    let name = format!("{}{state}", prefix(front, kind));
    let cookies = request.cookies().ok()?;
    let mut found = cookies.iter().filter(|cookie| cookie.name() == name);
    let first = found.next()?;
    found.next().is_none().then(|| first.value().to_owned())
}

/// Removals for the oldest flows of this browser, so that there is room for one more.
#[must_use]
pub fn make_room(front: &Front, request: &HttpRequest) -> Vec<Cookie<'static>> {
    let prefix = prefix(front, Kind::Flow);
    let mut flows: Vec<FlowId> = request.cookies().map_or_else(
        |_| Vec::new(),
        |cookies| cookies.iter().filter_map(|cookie| cookie.name().strip_prefix(prefix)?.parse().ok()).collect(),
    );
    flows.sort_by_key(|id| std::cmp::Reverse(id.began_at()));
    flows.iter().skip(MOST - 1).map(|id| removal(front, Kind::Flow, id.as_str())).collect()
}
