//! What a provider's page posted (`response_mode=form_post`), kept in the browser until it comes home with its flow.
//!
//! A post from another site brings no `SameSite=Lax` cookie; the navigation after it does. The code and the person's
//! name that were posted travel between the two in a sealed cookie, so that they never stand in an address of ours.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration as CookieDuration;
use zeroize::Zeroizing;

use super::cookies;
use super::state::HttpState;

/// The purpose for which it is sealed.
pub const PURPOSE: &str = "posted form: browser cookie";

/// How long it is kept. Codes live no longer.
const TTL: CookieDuration = CookieDuration::minutes(5);

/// The longest form that is kept, in bytes: sealed it still fits into a cookie.
const MAX_FORM: usize = 2_800;

/// One for all flows, so that nobody can fill a browser with them; the seal says of which flow it is.
fn name(http: &HttpState) -> String {
    if http.is_https { "__Host-vouchsafe-form" } else { "vouchsafe-form" }.to_owned()
}

/// The cookie that keeps `form` for the flow of this `state`; `None` if it is too long, or cannot be sealed.
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

/// The form that this browser keeps for the flow of this `state`.
#[must_use]
pub fn stored(http: &HttpState, request: &HttpRequest, state: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = cookies::read_cookie(request, &name(http))?;
    http.form_sealer.open_text(&sealed, &[state]).ok()
}

/// The cookie that takes the form away, if there is one.
#[must_use]
pub fn removal(http: &HttpState, request: &HttpRequest) -> Option<Cookie<'static>> {
    cookies::read_cookie(request, &name(http))?;
    let mut cookie = cookies::cookie(http, name(http), String::new());
    cookie.make_removal();
    Some(cookie)
}
