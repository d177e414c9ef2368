//! `GET /user/providers` and `DELETE /user/providers/{provider}`: with whom a person can sign in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::bearer;
use super::errors::NhostError;
use super::names::provider_name;
use crate::http::client_address;
use crate::http::front::Front;
use crate::session::access::Speaker;
use crate::user::messages::{Identities, Unlink};

/// The person's identities, oldest first.
pub(super) async fn list(request: HttpRequest, front: web::Data<Front>) -> Result<HttpResponse, NhostError> {
    let Speaker { user_id, .. } = bearer::speaker(&front, &request)?;
    let identities = front.users.ask(Identities { user_id }).await??;
    let providers: Vec<_> = identities
        .into_iter()
        .map(|identity| {
            json!({
                "id": identity.id,
                "provider": identity.provider,
                "providerUserId": identity.subject,
                "email": identity.email,
                "emailVerified": identity.is_email_verified,
                "createdAt": identity.created_at.rfc3339(),
                "lastSeenAt": identity.last_seen_at.rfc3339(),
            })
        })
        .collect();
    Ok(HttpResponse::Ok().json(json!({"providers": providers})))
}

/// Unlinks a provider. Its tokens are on their way back to it when the answer comes.
pub(super) async fn unlink(
    request: HttpRequest,
    front: web::Data<Front>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let Speaker { user_id, session_id } = bearer::speaker(&front, &request)?;
    let provider = provider_name(&front, &provider)?;
    let origin = client_address::origin(&front, &request);
    front.users.ask(Unlink { user_id, session_id, provider, origin }).await??;
    let directory = front.directory.clone();
    // What fails now is written down, and tried again with the next sweep.
    actix_web::rt::spawn(async move { directory.revoke_due().await.map(drop) });
    Ok(HttpResponse::Ok().json("OK"))
}
