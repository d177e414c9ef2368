//! The tenants of Microsoft's directory, which stand in its paths.

use super::personas::Persona;

/// The tenant that the client belongs to.
pub const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// The name of that tenant: it may stand in a path in place of the id.
pub const TENANT_DOMAIN: &str = "contoso.example";

/// A tenant of strangers.
pub const FOREIGN_TENANT: &str = "66666666-7777-4888-8999-000000000000";

/// The tenant of all personal accounts.
pub const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether there is such a tenant or such a group of tenants.
pub(super) fn exists(tenant: &str) -> bool {
    matches!(tenant, "common" | "organizations" | "consumers") || tenants().contains(&tenant) || tenant == TENANT_DOMAIN
}

/// Whether a person may sign in by way of a tenant or a group of tenants.
pub(super) fn allows(tenant: &str, person: &Persona) -> bool {
    match tenant {
        "common" => true,
        "organizations" => person.tenant() != CONSUMER_TENANT,
        "consumers" => person.tenant() == CONSUMER_TENANT,
        TENANT_DOMAIN => person.tenant() == TENANT,
        tenant => person.tenant() == tenant,
    }
}

fn tenants() -> [&'static str; 3] {
    [TENANT, FOREIGN_TENANT, CONSUMER_TENANT]
}
