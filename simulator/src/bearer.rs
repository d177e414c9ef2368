//! Access token authentication, in the `Authorization` header only (RFC 6750, section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::Simulator;
use super::failure::Failure;
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::signed_token::{self, Access};
use super::traits::Rotation;

/// The user and scope of a valid access token.
pub(super) struct Caller {
    pub(super) provider: SimulatedProvider,
    pub(super) persona: Persona,
    pub(super) scope: String,
    /// The id of the client that the token was issued to.
    pub(super) client: String,
    pub(super) token: String,
}

impl Caller {
    /// Whether the token's scope contains this.
    pub(super) fn has_scope(&self, wanted: &str) -> bool {
        self.provider.has_scope(&self.scope, wanted)
    }
}

/// The caller, if this provider issued the token and it is neither expired nor revoked.
pub(super) fn bearer(simulator: &Simulator, provider: SimulatedProvider, request: &HttpRequest) -> Option<Caller> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let access: Access = signed_token::decode(provider, token)?;
    if !is_valid(simulator, provider, &access) || simulator.0.faults.strikes(provider, Failure::TokenExpired) {
        return None;
    }
    let persona = simulator.persona(&access.persona)?;
    Some(Caller { provider, persona, scope: access.scope, client: access.client, token: token.to_owned() })
}

/// Whether a decoded token is neither expired, replaced nor revoked.
pub(super) fn is_valid(simulator: &Simulator, provider: SimulatedProvider, access: &Access) -> bool {
    let expired = access.expires_at.is_some_and(|expires_at| simulator.now() >= expires_at);
    let replaced = provider.traits().rotation == Rotation::RotateAll && simulator.0.used.contains(&access.id);
    let revoked =
        simulator.0.revoked_grants.contains(&access.grant) || simulator.0.faults.has(provider, Failure::Revoked);
    !(expired || replaced || revoked)
}
