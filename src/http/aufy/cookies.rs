//! The cookies of the dialect, under their published names: two hand a ticket over, two hold tokens.
//!
//! A hand-over cookie is a sealed session of actix-session with the ticket's handle in it. It is a session cookie: the
//! ticket has an expiry of its own. On https cookies are `SameSite=None; Secure`, unless the settings are narrower; over
//! plain http, which is for loopback, they are `Lax`.

use actix_session::config::{BrowserSession, CookieContentSecurity};
use actix_session::{Session, SessionMiddleware};
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, Key, SameSite};

use super::dialect::{Dialect, HandOver};
use super::errors::Problem;
use super::sealed_session::SealedSessionStore;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::http::cookies::read_cookie;
use crate::http::current_state::CurrentState;
use crate::http::state::HttpState;
use crate::settings;

/// The cookie of the refresh token.
pub const REFRESH: &str = "Aufy.RefreshToken";
/// The cookie of the access token.
pub const ACCESS: &str = "Aufy.AccessToken";

/// The session key of the handle.
const TICKET: &str = "ticket";

fn name(kind: HandOver) -> &'static str {
    match kind {
        HandOver::SignIn => "Aufy.ExternalSignInScheme",
        HandOver::SignUp => "Aufy.ExternalSignUpScheme",
    }
}

fn path(dialect: &Dialect, kind: HandOver) -> String {
    match kind {
        HandOver::SignIn => "/".to_owned(),
        HandOver::SignUp => dialect.auth_path("/signup/external"),
    }
}

fn same_site(http: &HttpState, dialect: &Dialect) -> SameSite {
    match dialect.settings.same_site {
        _ if !http.is_https => SameSite::Lax,
        settings::SameSite::None => SameSite::None,
        settings::SameSite::Lax => SameSite::Lax,
        settings::SameSite::Strict => SameSite::Strict,
    }
}

/// The middleware that reads and writes a hand-over cookie. Where a route has both, handlers get the inner one.
pub(super) fn hand_over(
    http: &HttpState,
    dialect: &Dialect,
    current: &CurrentState,
    kind: HandOver,
) -> SessionMiddleware<SealedSessionStore> {
    // The store seals the value; the middleware's own signature, under a constant key, protects nothing.
    SessionMiddleware::builder(SealedSessionStore::new(current.clone(), kind), Key::from(&[0; 64]))
        .cookie_name(name(kind).to_owned())
        .cookie_path(path(dialect, kind))
        .cookie_http_only(true)
        .cookie_secure(http.is_https)
        .cookie_same_site(same_site(http, dialect))
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(BrowserSession::default())
        .build()
}

/// Stores the handle of a ticket in the hand-over cookie.
///
/// # Errors
/// [`Problem::internal`]
pub(super) fn put_ticket(session: &Session, handle: &Secret) -> Result<(), Problem> {
    session.insert(TICKET, handle.expose()).map_err(|_| Problem::internal())
}

/// The handle in the hand-over cookie.
pub(super) fn ticket(session: &Session) -> Option<Secret> {
    session.get::<String>(TICKET).ok().flatten().map(Secret::new)
}

fn cookie(http: &HttpState, dialect: &Dialect, name: &'static str, path: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .secure(http.is_https)
        .same_site(same_site(http, dialect))
        .finish()
}

/// The cookie of the refresh token.
pub(super) fn refresh(http: &HttpState, dialect: &Dialect, token: &Secret) -> Cookie<'static> {
    token_cookie(http, dialect, REFRESH, token, dialect.refresh_token_ttl)
}

/// The cookie of the access token.
pub(super) fn access(http: &HttpState, dialect: &Dialect, token: &Secret) -> Cookie<'static> {
    token_cookie(http, dialect, ACCESS, token, dialect.tokens.ttl())
}

fn token_cookie(
    http: &HttpState,
    dialect: &Dialect,
    name: &'static str,
    token: &Secret,
    ttl: std::time::Duration,
) -> Cookie<'static> {
    let mut cookie = cookie(http, dialect, name, "/".to_owned(), token.expose().to_owned());
    cookie.set_max_age(CookieDuration::try_from(ttl).unwrap_or(CookieDuration::DAY));
    cookie
}

/// Removes both hand-over cookies.
pub(super) fn clear_hand_over(http: &HttpState, dialect: &Dialect, response: &mut HttpResponse) {
    for kind in [HandOver::SignIn, HandOver::SignUp] {
        remove(response, cookie(http, dialect, name(kind), path(dialect, kind), String::new()));
    }
}

/// Removes both cookies with tokens.
pub(super) fn clear_tokens(http: &HttpState, dialect: &Dialect, response: &mut HttpResponse) {
    for name in [REFRESH, ACCESS] {
        remove(response, cookie(http, dialect, name, "/".to_owned(), String::new()));
    }
}

fn remove(response: &mut HttpResponse, mut cookie: Cookie<'static>) {
    cookie.make_removal();
    if let Err(error) = response.add_cookie(&cookie) {
        log::error!("cookie not removed: {error}");
    }
}

/// The value of a cookie, unless it is empty.
pub(super) fn non_empty(request: &HttpRequest, name: &str) -> Option<Secret> {
    read_cookie(request, name).filter(|value| !value.is_empty()).map(Secret::new)
}
