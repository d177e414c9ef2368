//! `GET /user/sessions` and `DELETE /user/sessions/{id}`: where a user is signed in.

use actix_web::{HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::auth::Live;
use super::errors::NhostError;
use crate::domain::audit::RequestOrigin;
use crate::domain::id::SessionId;
use crate::http::state::HttpState;
use crate::user::messages::{Sessions, SignOut, SignOutScope};

/// The sessions that have not ended, the one used last first. The id is the `refreshTokenId` of a session.
pub(super) async fn list(http: web::Data<HttpState>, Live(current): Live) -> Result<HttpResponse, NhostError> {
    let sessions = http.users.send(Sessions { session: current }).await??;
    let sessions: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            json!({
                "id": session.id,
                "createdAt": session.created_at.rfc3339(),
                "lastUsedAt": session.used_at.rfc3339(),
                "expiresAt": session.expires_at.rfc3339(),
                "isCurrent": session.id == current.id(),
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({"sessions": sessions})))
}

/// Ends one of them. An unknown or ended session is no error.
pub(super) async fn end(
    http: web::Data<HttpState>,
    Live(session): Live,
    id: web::Path<String>,
    origin: RequestOrigin,
) -> Result<HttpResponse, NhostError> {
    let id = Uuid::try_parse(&id).map_err(|_| NhostError::invalid_request("the id of a session is a UUID"))?;
    let scope = SignOutScope::One(session, SessionId(id));
    http.users.send(SignOut { scope, origin }).await??;
    Ok(HttpResponse::Ok().json("OK"))
}
