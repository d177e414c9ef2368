//! Forms that a provider's page posted (`response_mode=form_post`), kept in a cookie until the browser returns them.
//!
//! A cross-site POST carries no `SameSite=Lax` cookie, so the flow's own cookie is missing; a navigation to the same URL
//! carries it. Code and name travel between the two in a sealed cookie, so that they are in no URL of ours.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration as CookieDuration;
use zeroize::Zeroizing;

use super::cookies;
use super::state::HttpState;

/// The key purpose of the seal.
pub const PURPOSE: &str = "posted form: browser cookie";

/// Authorization codes live no longer.
const TTL: CookieDuration = CookieDuration::minutes(5);

/// The longest form in bytes; sealed it takes 2.9 kB at most.
const MAX_FORM: usize = 2_100;

/// One name for all flows, so that such cookies cannot pile up; the seal binds the form to its flow.
pub(super) fn name(http: &HttpState) -> String {
    if http.is_https { "__Host-vouchsafe-form" } else { "vouchsafe-form" }.to_owned()
}

/// The cookie that keeps `form` for the flow of this `state`; `None` if it is too long or cannot be sealed.
#[must_use]
pub fn store_cookie(http: &HttpState, state: &str, form: &str) -> Option<Cookie<'static>> {
    if form.len() > MAX_FORM {
        return None;
    }
    let sealed = http.form_sealer.seal_text(form.as_bytes(), &[state], http.random.as_ref()).ok()?;
    let mut cookie = cookies::cookie(http, name(http), sealed);
    cookie.set_max_age(TTL);
    Some(cookie)
}

/// The form that the browser keeps for the flow of this `state`.
#[must_use]
pub fn stored(http: &HttpState, request: &HttpRequest, state: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = cookies::read_cookie(request, &name(http))?;
    http.form_sealer.open_text(&sealed, &[state]).ok()
}

/// The cookie that removes the form, if there is one.
#[must_use]
pub fn removal(http: &HttpState, request: &HttpRequest) -> Option<Cookie<'static>> {
    cookies::read_cookie(request, &name(http))?;
    Some(cookies::removed(http, name(http)))
}
