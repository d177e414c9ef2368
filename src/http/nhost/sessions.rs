//! `GET /user/sessions` and `DELETE /user/sessions/{id}`: where a person is signed in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::bearer;
use super::errors::NhostError;
use crate::domain::id::SessionId;
use crate::http::client_address;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::user::messages::{Ending, Sessions, SignOut};

/// The sessions that have not ended, the one used last first. The id is the `refreshTokenId` of a session.
pub(super) async fn list(request: HttpRequest, front: web::Data<Front>) -> Result<HttpResponse, NhostError> {
    let Speaker { user_id, session_id } = bearer::speaker(&front, &request)?;
    let sessions = front.users.ask(Sessions { user_id }).await??;
    let sessions: Vec<_> = sessions
        .into_iter()
        .map(|session| {
            json!({
                "id": session.id,
                "createdAt": session.created_at.rfc3339(),
                "lastUsedAt": session.used_at.rfc3339(),
                "expiresAt": session.expires_at.rfc3339(),
                "isCurrent": Some(session.id) == session_id,
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({"sessions": sessions})))
}

/// Ends one of them. Ending what is not there is no error.
pub(super) async fn end(
    request: HttpRequest,
    front: web::Data<Front>,
    id: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let Speaker { user_id, .. } = bearer::speaker(&front, &request)?;
    let id = Uuid::try_parse(&id).map_err(|_| NhostError::invalid_request("the id of a session is a UUID"))?;
    let which = Ending::Session(user_id, SessionId(id));
    front.users.ask(SignOut { which, origin: client_address::origin(&front, &request) }).await??;
    Ok(HttpResponse::Ok().json("OK"))
}
