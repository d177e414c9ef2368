//! Who stands behind an access token. It counts in the `Authorization` header only (RFC 6750, section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::Simulator;
use super::habits::Renewal;
use super::house::House;
use super::people::Person;
use super::slip::{self, Access};

/// Whoever asks with an access token.
pub(super) struct Caller {
    pub(super) house: House,
    pub(super) person: Person,
    pub(super) scope: String,
    pub(super) token: String,
}

impl Caller {
    /// Whether the token opens this.
    pub(super) fn has_scope(&self, wanted: &str) -> bool {
        self.house.has_scope(&self.scope, wanted)
    }
}

/// The caller, if this house gave the token and it has neither expired nor been taken back.
pub(super) fn bearer(simulator: &Simulator, house: House, request: &HttpRequest) -> Option<Caller> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let access: Access = slip::read(house, token)?;
    if !is_good(simulator, house, &access) {
        return None;
    }
    Some(Caller { house, person: Person::find(&access.person)?, scope: access.scope, token: token.to_owned() })
}

/// Whether a token that was read still opens anything.
pub(super) fn is_good(simulator: &Simulator, house: House, access: &Access) -> bool {
    let expired = access.until.is_some_and(|until| simulator.now() >= until);
    let replaced = house.habits().renewal == Renewal::InsteadOfBoth && simulator.0.spent.has(&access.id);
    !(expired || replaced || simulator.0.revoked.has(&access.grant))
}
