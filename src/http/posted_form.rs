//! What a provider's page posted (`response_mode=form_post`), kept in the browser until it comes home with its flow.
//!
//! A post from another site brings no `SameSite=Lax` cookie; the navigation after it does. The code and the person's
//! name that were posted travel between the two in a sealed cookie, so that they never stand in an address of ours.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration as CookieDuration;
use zeroize::Zeroizing;

use super::cookies;
use super::front::Front;

/// The purpose for which it is sealed.
pub const PURPOSE: &str = "posted form: browser cookie";

/// How long it is kept. Codes live no longer.
const TTL: CookieDuration = CookieDuration::minutes(5);

/// The longest form that is kept, in bytes: sealed it still fits into a cookie.
const MOST: usize = 2_800;

/// One for all flows, so that nobody can fill a browser with them; the seal says of which flow it is.
fn name(front: &Front) -> String {
    if front.is_https { "__Host-vouchsafe-form" } else { "vouchsafe-form" }.to_owned()
}

/// The cookie that keeps `form` for the flow of this `state`; `None` if it is too long, or cannot be sealed.
#[must_use]
pub fn keep(front: &Front, state: &str, form: &str) -> Option<Cookie<'static>> {
    if form.len() > MOST {
        return None;
    }
    let sealed = front.form_sealer.seal_text(form.as_bytes(), &[state], front.entropy.as_ref()).ok()?;
    let mut cookie = cookies::cookie(front, name(front), sealed);
    cookie.set_max_age(TTL);
    Some(cookie)
}

/// The form that this browser keeps for the flow of this `state`.
#[must_use]
pub fn kept(front: &Front, request: &HttpRequest, state: &str) -> Option<Zeroizing<Vec<u8>>> {
    let sealed = cookies::brought(request, &name(front))?;
    front.form_sealer.open_text(&sealed, &[state]).ok()
}

/// The cookie that takes the form away, if there is one.
#[must_use]
pub fn removal(front: &Front, request: &HttpRequest) -> Option<Cookie<'static>> {
    cookies::brought(request, &name(front))?;
    let mut cookie = cookies::cookie(front, name(front), String::new());
    cookie.make_removal();
    Some(cookie)
}
