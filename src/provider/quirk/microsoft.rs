//! Microsoft: one set of endpoints serves all tenants, so a configured tenant has to be checked in the profile.

use serde_json::Value;
use uuid::Uuid;

/// The tenant of all personal accounts.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether the `tid` of a profile, if it has one, belongs to the configured `tenant`. An id_token of Entra always has
/// one, which its issuer repeats. Domain names are left to Microsoft, whose endpoints answer for that tenant only.
pub(super) fn allows(tenant: Option<&str>, profile: &Value) -> bool {
    let Some(tid) = profile.get("tid") else { return true };
    let is = |wanted: &str| tid.as_str().is_some_and(|tid| tid.eq_ignore_ascii_case(wanted));
    match tenant.unwrap_or("common") {
        "organizations" => !is(CONSUMERS),
        "consumers" => is(CONSUMERS),
        tenant if Uuid::try_parse(tenant).is_ok() => is(tenant),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn configured_tenant_allows_only_its_own_users() {
        let (own, other) = ("11111111-2222-4333-8444-555555555555", "21111111-2222-4333-8444-555555555555");
        for (tenant, tid, is_allowed) in [
            (None, Some(other), true),
            (None, None, true),
            (Some("common"), Some(other), true),
            (Some(own), Some(own), true),
            (Some(own), Some(other), false),
            (Some(own), None, true),
            (Some("organizations"), Some(other), true),
            (Some("organizations"), Some(CONSUMERS), false),
            (Some("organizations"), None, true),
            (Some("consumers"), Some(CONSUMERS), true),
            (Some("consumers"), Some(own), false),
            (Some("contoso.example"), Some(other), true),
        ] {
            let profile = tid.map_or_else(|| json!({}), |tid| json!({"tid": tid}));
            assert_eq!(allows(tenant, &profile), is_allowed, "{tenant:?} {tid:?}");
        }
    }
}
