//! `GET /user/providers` and `DELETE /user/providers/{provider}`: with whom a person can sign in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::bearer;
use super::errors::NhostError;
use super::names::provider_name;
use crate::http::extract::client_ip;
use crate::http::state::HttpState;
use crate::user::messages::{Identities, Unlink};

/// The person's identities, oldest first.
pub(super) async fn list(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, NhostError> {
    let session = bearer::live_session(&http, &request).await?;
    let identities = http.users.send(Identities { session }).await??;
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
    http: web::Data<HttpState>,
    provider: web::Path<String>,
) -> Result<HttpResponse, NhostError> {
    let session = bearer::fresh_session(&http, &request).await?;
    let provider = provider_name(&http, &provider)?;
    let origin = client_ip::request_origin(&http, &request);
    http.users.send(Unlink { session, provider, origin }).await??;
    let sign_ins = http.sign_ins.clone();
    // What fails now is written down, and tried again with the next sweep.
    actix_web::rt::spawn(async move { sign_ins.revoke_due().await.map(drop) });
    Ok(HttpResponse::Ok().json("OK"))
}
