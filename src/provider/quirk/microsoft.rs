//! Microsoft: one address for all tenants of the world, so whoever names one tenant gets people of that one only.

use serde_json::Value;
use uuid::Uuid;

/// The tenant in which all personal accounts are.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether the `tid` of a profile, if it names one, is one that the `tenant` of the settings lets in. An id_token of
/// Entra always does, or its issuer would not be believed. Names of domains are left to Microsoft, whose endpoints
/// answer for that tenant alone.
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
    fn a_named_tenant_lets_in_its_own_people_only() {
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
