//! Response bodies of the dialect, and redirects.

use actix_web::HttpResponse;
use actix_web::http::header;
use serde_json::{Value, json};

use super::codes::ErrorCode;
use super::errors::NhostError;
use crate::domain::claims;
use crate::domain::tokens::ProviderTokens;
use crate::http::state::HttpState;
use crate::session::access_token::AccessTokenClaims;
use crate::user::messages::{IssuedSession, User};

/// `expiresAt` of a token without an expiry: the field is required.
const NO_EXPIRY: &str = "0001-01-01T00:00:00Z";

/// A user, as `GET /user` shows them.
pub(super) fn user_json(user: &User) -> Value {
    let mut json = json!({
        "id": user.id,
        "createdAt": user.created_at.rfc3339(),
        "displayName": user.display_name,
        "avatarUrl": user.avatar_url,
        "locale": user.locale,
        "emailVerified": user.email_verified,
        "phoneNumberVerified": false,
        "isAnonymous": false,
        "defaultRole": user.default_role,
        "roles": user.roles,
        "metadata": user.metadata,
        "activeMfaType": null,
    });
    // Absent, not null, when there is none.
    if let Some(email) = &user.email {
        json["email"] = email.as_str().into();
    }
    json
}

/// A session with a new access token.
pub(super) fn session(http: &HttpState, issued: &IssuedSession) -> Result<Value, NhostError> {
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
    };
    let access_token = http.access_tokens.issue(bearer, http.clock.now()).map_err(|error| {
        log::error!("access token not issued: {error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    Ok(json!({
        "accessToken": access_token.expose(),
        "accessTokenExpiresIn": http.access_tokens.ttl_seconds(),
        "refreshToken": issued.refresh_token.expose(),
        "refreshTokenId": issued.session_id,
        "user": user_json(user),
    }))
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
