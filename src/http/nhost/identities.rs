//! `GET /user/providers` and `DELETE /user/providers/{provider}`: the providers that a user can sign in with.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use super::auth::{Fresh, Live};
use super::errors::NhostError;
use super::provider_path::ProviderPath;
use crate::domain::audit::RequestOrigin;
use crate::http::extract::Query;
use crate::http::state::HttpState;
use crate::user::messages::{Identities, Unlink};

/// The user's identities, oldest first.
pub(super) async fn list(http: web::Data<HttpState>, Live(session): Live) -> Result<HttpResponse, NhostError> {
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

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UnlinkQuery {
    /// `providerUserId` of the one to unlink. Without it all of the provider are.
    account: Option<String>,
}

/// Unlinks a provider and starts the revocation of its tokens.
pub(super) async fn unlink(
    http: web::Data<HttpState>,
    Fresh(session): Fresh,
    ProviderPath(provider): ProviderPath,
    Query(UnlinkQuery { account }): Query<UnlinkQuery>,
    origin: RequestOrigin,
) -> Result<HttpResponse, NhostError> {
    http.users.send(Unlink { session, provider, account, origin }).await??;
    let sign_ins = http.sign_ins.clone();
    // The revocation is stored: maintenance tries again what fails now.
    actix_web::rt::spawn(async move { sign_ins.revoke_due().await.map(drop) });
    Ok(HttpResponse::Ok().json("OK"))
}
