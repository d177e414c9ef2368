//! Microsoft's tenants.

use super::personas::Persona;

/// The client's own tenant.
pub const TENANT: &str = "11111111-2222-4333-8444-555555555555";

/// The domain name of [`TENANT`], accepted in paths instead of the id.
pub const TENANT_DOMAIN: &str = "contoso.example";

/// Another tenant.
pub const FOREIGN_TENANT: &str = "66666666-7777-4888-8999-000000000000";

/// The tenant of all personal accounts.
pub const CONSUMER_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether a tenant, or group of tenants, exists.
pub(super) fn exists(tenant: &str) -> bool {
    matches!(tenant, "common" | "organizations" | "consumers") || tenants().contains(&tenant) || tenant == TENANT_DOMAIN
}

/// Whether a persona may sign in through a tenant or a group of tenants.
pub(super) fn allows(tenant: &str, persona: &Persona) -> bool {
    match tenant {
        "common" => true,
        "organizations" => persona.tenant() != CONSUMER_TENANT,
        "consumers" => persona.tenant() == CONSUMER_TENANT,
        TENANT_DOMAIN => persona.tenant() == TENANT,
        tenant => persona.tenant() == tenant,
    }
}

fn tenants() -> [&'static str; 3] {
    [TENANT, FOREIGN_TENANT, CONSUMER_TENANT]
}
