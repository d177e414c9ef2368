//! The extractor [`SignedIn`].

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::{Map, Value};

use super::credential::authenticate;
use super::error::{AccessError, AccessRejection};
use crate::app::Vouchsafe;
use crate::domain::clock::Timestamp;
use crate::domain::id::{SessionId, UserId};
use crate::session::verifier::VerifiedClaims;

/// What a custom claim begins with in tokens of the Nhost dialect.
const PREFIX: &str = "x-hasura-";

/// The user of a valid access token. No database is asked: the session may have ended, and the roles may have changed,
/// since the token was issued, at most `session.access_token_ttl` ago. [`SignedInUser`](super::SignedInUser) looks.
///
/// As an extractor it reads `Authorization: Bearer` and, if the Aufy dialect is enabled, the cookie `Aufy.AccessToken`.
/// By cookie, a request other than `GET`, `HEAD` and `OPTIONS`, or one that opens a WebSocket, must come from a page of
/// `client.allowed_origins` or of our own origin. The `app_data` of the app or of the handler's scope holds the
/// [`Vouchsafe`] whose tokens count. `Option<SignedIn>` is `None` where there is no valid token.
///
/// ```
/// use actix_web::{Responder, get, web};
/// use vouchsafe::{SignedIn, Vouchsafe};
///
/// #[get("/orders")]
/// async fn orders(user: SignedIn) -> impl Responder {
///     format!("the orders of {}", user.user_id)
/// }
///
/// fn api(vouchsafe: &Vouchsafe) -> actix_web::Scope {
///     web::scope("/api").app_data(vouchsafe.clone()).service(orders)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SignedIn {
    /// The user.
    pub user_id: UserId,
    /// The session; `None` if another holder of a shared key issued the token.
    pub session_id: Option<SessionId>,
    /// The user's roles when the token was issued.
    pub roles: Vec<String>,
    /// The role of requests that name none; tokens of the Aufy dialect have none.
    pub default_role: Option<String>,
    /// From when on the token is not valid any more.
    pub expires_at: Timestamp,
    /// All claims of the token. [`SignedIn::claim`] finds a custom one in either dialect.
    pub claims: Map<String, Value>,
    namespace: Option<Arc<str>>,
}

impl SignedIn {
    /// Whether the token names this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|other| other == role)
    }

    /// A custom claim of this name: of the Nhost dialect that of `session.claims_namespace`, with or without
    /// `x-hasura-`, else one beside the standard claims.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        let members = self.namespace.as_deref().and_then(|namespace| self.claims.get(namespace));
        let member = |name: &str| members.and_then(|members| members.get(name));
        member(name).or_else(|| member(&format!("{PREFIX}{name}"))).or_else(|| self.claims.get(name))
    }
}

impl From<VerifiedClaims> for SignedIn {
    fn from(verified: VerifiedClaims) -> Self {
        let VerifiedClaims { principal, expires_at, roles, default_role, claims, namespace } = verified;
        let (user_id, session_id) = (principal.user_id, principal.session_id);
        Self { user_id, session_id, roles, default_role, expires_at, claims, namespace }
    }
}

impl FromRequest for SignedIn {
    type Error = AccessRejection;
    type Future = Ready<Result<Self, AccessRejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request).map_err(|error| AccessRejection::new(error, request)))
    }
}

impl Vouchsafe {
    /// Verifies an access token of this instance, of either dialect: its signature, issuer, audience and times. It is for
    /// tokens that do not come with an HTTP request; handlers use the extractors.
    ///
    /// # Errors
    /// [`AccessError::InvalidToken`] or [`AccessError::ExpiredToken`]
    pub fn verify(&self, token: &str) -> Result<SignedIn, AccessError> {
        Ok(self.verify_claims(token)?.into())
    }
}
