//! `GET /user/sessions` and `DELETE /user/sessions/{id}`: where a person is signed in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::bearer;
use super::errors::NhostError;
use crate::domain::id::SessionId;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::user::messages::{Sessions, SignOut, SignOutScope};

/// The sessions that have not ended, the one used last first. The id is the `refreshTokenId` of a session.
pub(super) async fn list(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    let current = bearer::live_session(&http, &request).await?;
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

/// Ends one of them. Ending what is not there is no error.
pub(super) async fn end(
    request: HttpRequest,
    http: web::Data<HttpState>,
    id: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let session = bearer::live_session(&http, &request).await?;
    let id = Uuid::try_parse(&id).map_err(|_| NhostError::invalid_request("the id of a session is a UUID"))?;
    let scope = SignOutScope::One(session, SessionId(id));
    http.users.send(SignOut { scope, origin: client_ip::request_origin(&http, &request) }).await??;
    Ok(HttpResponse::Ok().json("OK"))
}
