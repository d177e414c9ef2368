//! Who stands behind an access token. It counts in the `Authorization` header only (RFC 6750, section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::Simulator;
use super::personas::Persona;
use super::provider::SimulatedProvider;
use super::signed_token::{self, Access};
use super::traits::Rotation;

/// Whoever asks with an access token.
pub(super) struct Caller {
    pub(super) provider: SimulatedProvider,
    pub(super) person: Persona,
    pub(super) scope: String,
    pub(super) token: String,
}

impl Caller {
    /// Whether the token opens this.
    pub(super) fn has_scope(&self, wanted: &str) -> bool {
        self.provider.has_scope(&self.scope, wanted)
    }
}

/// The caller, if this provider gave the token and it has neither expired nor been taken back.
pub(super) fn bearer(simulator: &Simulator, provider: SimulatedProvider, request: &HttpRequest) -> Option<Caller> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let access: Access = signed_token::decode(provider, token)?;
    if !is_valid(simulator, provider, &access) {
        return None;
    }
    Some(Caller { provider, person: Persona::find(&access.person)?, scope: access.scope, token: token.to_owned() })
}

/// Whether a token that was read still opens anything.
pub(super) fn is_valid(simulator: &Simulator, provider: SimulatedProvider, access: &Access) -> bool {
    let expired = access.until.is_some_and(|until| simulator.now() >= until);
    let replaced = provider.traits().rotation == Rotation::RotateAll && simulator.0.used.contains(&access.id);
    !(expired || replaced || simulator.0.revoked_grants.contains(&access.grant))
}
