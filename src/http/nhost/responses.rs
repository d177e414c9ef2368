//! Response bodies of the dialect, and redirects.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::codes::ErrorCode;
use super::errors::NhostError;
use crate::domain::claims;
use crate::domain::id::{SessionId, UserId};
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::domain::tokens::ProviderTokens;
use crate::http::state::HttpState;
use crate::session::access_token::AccessTokenClaims;
use crate::user::messages::{IssuedSession, User};

/// `expiresAt` of a token without an expiry: the field is required.
const NO_EXPIRY: &str = "0001-01-01T00:00:00Z";

/// A user, as `GET /user` shows them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserBody<'a> {
    active_mfa_type: Option<&'a str>,
    avatar_url: &'a str,
    created_at: String,
    default_role: &'a str,
    display_name: &'a str,
    /// Absent, not null, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    email_verified: bool,
    id: UserId,
    is_anonymous: bool,
    locale: &'a str,
    metadata: Option<&'a Value>,
    phone_number_verified: bool,
    roles: &'a [String],
}

impl<'a> From<&'a User> for UserBody<'a> {
    fn from(user: &'a User) -> Self {
        Self {
            active_mfa_type: None,
            avatar_url: &user.avatar_url,
            created_at: user.created_at.rfc3339(),
            default_role: &user.default_role,
            display_name: &user.display_name,
            email: user.email.as_deref(),
            email_verified: user.email_verified,
            id: user.id,
            is_anonymous: false,
            locale: &user.locale,
            metadata: user.metadata.as_ref(),
            phone_number_verified: false,
            roles: &user.roles,
        }
    }
}

/// A session, as clients store it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionBody<'a> {
    #[serde(serialize_with = "expose")]
    access_token: Secret,
    access_token_expires_in: u64,
    refresh_token: &'a str,
    refresh_token_id: SessionId,
    user: UserBody<'a>,
}

fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

/// A session with a new access token.
pub(super) fn session<'a>(http: &HttpState, issued: &'a IssuedSession) -> Result<SessionBody<'a>, NhostError> {
    let user = &issued.user;
    let mut claims = claims::evaluate(&http.metadata_claims, user.metadata.as_ref().unwrap_or(&Value::Null));
    claims.extend(issued.claims.clone());
    let bearer = AccessTokenClaims {
        token_id: http.random.uuid(),
        user_id: user.id,
        session_id: issued.session_id,
        default_role: &user.default_role,
        roles: &user.roles,
        claims: &claims,
        custom: &issued.token_claims,
    };
    let access_token = http.access_tokens.issue(bearer, http.clock.now()).map_err(|error| {
        log::error!("access token not issued: {error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    Ok(SessionBody {
        access_token,
        access_token_expires_in: http.access_tokens.ttl_seconds(),
        refresh_token: issued.refresh_token.expose(),
        refresh_token_id: issued.session_id,
        user: user.into(),
    })
}

/// The provider's tokens. No `user` and no `session` in it: clients would read the body as a session of ours.
pub(super) fn provider_session(tokens: &ProviderTokens) -> Value {
    let mut session = json!({
        "accessToken": tokens.access_token.expose(),
        "expiresIn": tokens.expires_in.unwrap_or(0),
        "expiresAt": tokens.expires_at.map_or_else(|| NO_EXPIRY.to_owned(), |expires_at| expires_at.rfc3339()),
        "refreshToken": tokens.refresh_token.as_ref().map(|token| token.expose()),
    });
    // OAuth 1.0a needs it to sign requests.
    if let Some(secret) = &tokens.token_secret {
        session["tokenSecret"] = secret.expose().into();
    }
    session
}

/// A redirect.
pub(super) fn redirect(target: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, target)).finish()
}
