//! The session of an operator in a browser: a sealed cookie, bound to the operator's token and never the token itself.
//!
//! The cookie is all there is, so that any node of a deployment accepts it. It ends after eight hours, when its token is
//! removed from the settings, or by signing out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Timestamp;
use crate::domain::seal::Sealer;
use crate::domain::secret::Secret;
use crate::domain::sha256::sha256;
use crate::http::cookies::read_cookie;
use crate::http::state::HttpState;

/// The key purpose of the seal.
pub const PURPOSE: &str = "inspector: session of an operator";

/// How long a session lasts.
const TTL: Duration = Duration::from_secs(8 * 60 * 60);

/// How many sessions that were signed out are remembered. Only an operator can add one.
const MAX_ENDED: usize = 1_000;

/// What the pages need besides the services. Clones share the sessions that have ended.
#[derive(Clone, Debug)]
pub struct InspectorState {
    /// Seals the cookie.
    pub sealer: Sealer,
    /// The sessions that were signed out.
    pub ended: EndedSessions,
    /// The path of the routes for operators as browsers see it.
    pub path: Arc<str>,
}

/// The sessions that were signed out on this node, until they would have ended anyway. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct EndedSessions(Arc<Mutex<BTreeMap<[u8; 32], Timestamp>>>);

impl EndedSessions {
    fn contains(&self, session: &Session) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&session.hash())
    }

    fn add(&self, session: &Session, now: Timestamp) {
        let mut ended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, expires_at| *expires_at > now);
        if ended.len() >= MAX_ENDED {
            let soonest = ended.iter().min_by_key(|(_, expires_at)| **expires_at).map(|(hash, _)| *hash);
            soonest.map(|hash| ended.remove(&hash));
        }
        ended.insert(session.hash(), session.expires_at);
    }
}

/// A session that is sealed in a cookie.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// Random; only the sealed cookie holds it.
    id: [u8; 16],
    /// What it shares with the token.
    bound_to: [u8; 32],
    expires_at: Timestamp,
}

impl Session {
    /// A new session of the operator with this token; `None` if there is no such token.
    pub(super) fn begin(http: &HttpState, token: &Secret) -> Option<Self> {
        let bound_to = http.admin_tokens.binding_of(token.expose())?;
        Some(Self { id: http.random.bytes(), bound_to, expires_at: http.clock.now().plus(TTL) })
    }

    /// The session of a request, if it is valid.
    pub(super) fn of(http: &HttpState, request: &HttpRequest) -> Option<Self> {
        let sealed = read_cookie(request, name(http))?;
        let opened = http.inspector.sealer.open_text(&sealed, &[]).ok()?;
        let session: Self = postcard::from_bytes(&opened).ok()?;
        session.operator(http).map(|_| session)
    }

    /// The name of the operator, as long as the session is valid.
    pub(super) fn operator(&self, http: &HttpState) -> Option<Arc<str>> {
        let is_over = self.expires_at <= http.clock.now() || http.inspector.ended.contains(self);
        if is_over { None } else { http.admin_tokens.name_of_binding(&self.bound_to) }
    }

    /// Ends the session on this node.
    pub(super) fn end(&self, http: &HttpState) {
        http.inspector.ended.add(self, http.clock.now());
    }

    /// The cookie that keeps the session in the browser; `None` if it cannot be sealed.
    pub(super) fn cookie(&self, http: &HttpState) -> Option<Cookie<'static>> {
        let bytes = postcard::to_allocvec(self).ok()?;
        let sealed = http.inspector.sealer.seal_text(&bytes, &[], http.random.as_ref()).ok()?;
        let mut cookie = cookie(http, sealed);
        cookie.set_max_age(CookieDuration::try_from(TTL).unwrap_or(CookieDuration::HOUR));
        Some(cookie)
    }

    /// Proof that a form comes from a page of this session.
    pub(super) fn form_token(&self) -> Secret {
        Secret::new(self.digest("form of a page"))
    }

    fn hash(&self) -> [u8; 32] {
        sha256(&self.digest("ended session"))
    }

    fn digest(&self, what: &str) -> String {
        URL_SAFE_NO_PAD.encode(sha256(&format!("inspector: {what} {}", URL_SAFE_NO_PAD.encode(self.id))))
    }
}

/// The cookie that removes the session from the browser.
pub(super) fn removal(http: &HttpState) -> Cookie<'static> {
    let mut cookie = cookie(http, String::new());
    cookie.make_removal();
    cookie
}

/// `__Host-` would allow no path, and every request to the host would carry the session.
fn name(http: &HttpState) -> &'static str {
    if http.is_https { "__Secure-vouchsafe-admin" } else { "vouchsafe-admin" }
}

fn cookie(http: &HttpState, value: String) -> Cookie<'static> {
    let path = http.inspector.path.to_string();
    let cookie = Cookie::build(name(http), value).path(path).http_only(true);
    cookie.secure(http.is_https).same_site(SameSite::Strict).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: u8, expires_at: i64) -> Session {
        Session { id: [id; 16], bound_to: [0; 32], expires_at: Timestamp::from_seconds(expires_at) }
    }

    #[test]
    fn ended_sessions_are_remembered_until_they_would_end() {
        let (ended, at) = (EndedSessions::default(), Timestamp::from_seconds);
        ended.add(&session(1, 100), at(0));
        ended.add(&session(2, 200), at(50));
        assert!(ended.contains(&session(1, 100)) && !ended.contains(&session(3, 100)));
        ended.add(&session(3, 300), at(100));
        assert_eq!(ended.0.lock().expect("not poisoned").len(), 2, "one is forgotten");
        assert!(ended.contains(&session(2, 200)));
    }

    #[test]
    fn memory_of_ended_sessions_is_bounded() {
        let ended = EndedSessions::default();
        for number in 0..MAX_ENDED + 5 {
            let mut session = session(0, 1_000 + i64::try_from(number).expect("small"));
            session.id[..8].copy_from_slice(&number.to_be_bytes());
            ended.add(&session, Timestamp::from_seconds(0));
        }
        assert_eq!(ended.0.lock().expect("not poisoned").len(), MAX_ENDED);
    }
}
