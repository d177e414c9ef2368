//! The shapes of the dialect: JSON out, JSON in, redirects.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::codes::ErrorCode;
use super::errors::NhostError;
use crate::domain::claims;
use crate::domain::tokens::ProviderTokens;
use crate::http::front::Front;
use crate::session::access::Bearer;
use crate::user::messages::{Person, Renewed};

/// What a provider that names no life of its token is answered as, because the field has to be there.
const NO_END: &str = "0001-01-01T00:00:00Z";

/// A person, as `GET /user` shows them.
pub(super) fn user(person: &Person) -> Value {
    let mut user = json!({
        "id": person.id,
        "createdAt": person.created_at.rfc3339(),
        "displayName": person.display_name,
        "avatarUrl": person.avatar_url,
        "locale": person.locale,
        "emailVerified": person.email_verified,
        "phoneNumberVerified": false,
        "isAnonymous": false,
        "defaultRole": person.default_role,
        "roles": person.roles,
        "metadata": person.metadata,
        "activeMfaType": null,
    });
    // Absent, not null, when there is none.
    if let Some(email) = &person.email {
        user["email"] = email.as_str().into();
    }
    user
}

/// A session with a new access token.
pub(super) fn session(front: &Front, renewed: &Renewed) -> Result<Value, NhostError> {
    let person = &renewed.person;
    let mut claims = claims::evaluate(&front.metadata_claims, person.metadata.as_ref().unwrap_or(&Value::Null));
    claims.extend(renewed.claims.clone());
    let bearer = Bearer {
        token_id: front.entropy.uuid(),
        user_id: person.id,
        session_id: renewed.session_id,
        default_role: &person.default_role,
        roles: &person.roles,
        claims: &claims,
    };
    let access_token = front.access_tokens.issue(bearer, front.clock.now()).map_err(|error| {
        log::error!("no access token could be issued: {error}");
        NhostError::from(ErrorCode::InternalServerError)
    })?;
    Ok(json!({
        "accessToken": access_token.expose(),
        "accessTokenExpiresIn": front.access_tokens.ttl_seconds(),
        "refreshToken": renewed.refresh_token.expose(),
        "refreshTokenId": renewed.session_id,
        "user": user(person),
    }))
}

/// The provider's tokens. No `user` and no `session` in it: clients would take the body for a session of ours.
pub(super) fn provider_session(tokens: &ProviderTokens) -> Value {
    let mut session = json!({
        "accessToken": tokens.access_token.expose(),
        "expiresIn": tokens.expires_in.unwrap_or(0),
        "expiresAt": tokens.expires_at.map_or_else(|| NO_END.to_owned(), |moment| moment.rfc3339()),
        "refreshToken": tokens.refresh_token.as_ref().map(|token| token.expose()),
    });
    // Without it a token of OAuth 1.0a is of no use.
    if let Some(secret) = &tokens.token_secret {
        session["tokenSecret"] = secret.expose().into();
    }
    session
}

/// A redirect.
pub(super) fn found(target: &str) -> HttpResponse {
    HttpResponse::Found().insert_header((header::LOCATION, target)).finish()
}

/// A JSON body of a known shape.
pub(super) fn body<T: DeserializeOwned>(bytes: Result<Bytes, actix_web::Error>) -> Result<T, NhostError> {
    let bytes = bytes.map_err(unreadable)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        // Where, not what: the body may hold a token.
        NhostError::invalid_request(format!("the body is not the JSON that belongs here (column {})", error.column()))
    })
}

/// A body that could not be read to its end.
pub(super) fn unreadable(error: actix_web::Error) -> NhostError {
    match error.as_response_error().status_code().as_u16() {
        413 => NhostError::body_too_large(),
        _ => NhostError::invalid_request("the body could not be read"),
    }
}
