//! Who stands behind an access token. It counts in the `Authorization` header only (RFC 6750, section 2.1).

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::Simulator;
use super::house::House;
use super::people::Person;
use super::slip::{self, Access};

/// The person and the scope of a token that this house gave, that has not expired and was not revoked.
pub(super) fn bearer(simulator: &Simulator, house: House, request: &HttpRequest) -> Option<(Person, String)> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let access: Access = slip::read(house, token)?;
    let expired = access.until.is_some_and(|until| simulator.now() >= until);
    if expired || simulator.0.revoked.has(&access.grant) {
        return None;
    }
    Some((Person::find(&access.person)?, access.scope))
}
