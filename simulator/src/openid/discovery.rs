//! Discovery documents.

use serde_json::{Value, json};

use crate::Simulator;
use crate::provider::SimulatedProvider;
use crate::traits::{ClientAuthentication, RefreshTokenPolicy};

pub(super) fn document(simulator: &Simulator, provider: SimulatedProvider, tenant: &str) -> Value {
    let endpoints = simulator.endpoints_in(provider, tenant);
    let traits = provider.traits();
    let mut document = json!({
        "issuer": endpoints.issuer,
        "authorization_endpoint": endpoints.authorize,
        "token_endpoint": endpoints.token,
        "jwks_uri": endpoints.jwks,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
    });
    let userinfo = endpoints.openid_userinfo.unwrap_or(endpoints.userinfo);
    if !userinfo.is_empty() {
        document["userinfo_endpoint"] = json!(userinfo);
    }
    if let Some(revoke) = endpoints.revoke {
        document["revocation_endpoint"] = json!(revoke);
    }
    let methods = match traits.client {
        ClientAuthentication::Body | ClientAuthentication::Signed => json!(["client_secret_post"]),
        ClientAuthentication::Basic => json!(["client_secret_basic"]),
        ClientAuthentication::Either => json!(["client_secret_post", "client_secret_basic"]),
    };
    // These two omit it, although they accept the secret in the body.
    if !matches!(provider, SimulatedProvider::Linkedin | SimulatedProvider::Discord) {
        document["token_endpoint_auth_methods_supported"] = methods;
    }
    if !matches!(provider, SimulatedProvider::Apple | SimulatedProvider::Linkedin | SimulatedProvider::Twitch) {
        let both = traits.allows_plain_challenge;
        document["code_challenge_methods_supported"] = if both { json!(["S256", "plain"]) } else { json!(["S256"]) };
    }
    if traits.refresh_token_policy != RefreshTokenPolicy::Never {
        document["grant_types_supported"] = json!(["authorization_code", "refresh_token"]);
    }
    match provider {
        SimulatedProvider::Oidc => document["authorization_response_iss_parameter_supported"] = json!(true),
        SimulatedProvider::Apple => {
            document["response_types_supported"] = json!(["code", "code id_token"]);
            document["response_modes_supported"] = json!(["query", "fragment", "form_post"]);
            document["subject_types_supported"] = json!(["pairwise"]);
            document["scopes_supported"] = json!(["openid", "email", "name"]);
        }
        SimulatedProvider::Linkedin | SimulatedProvider::Entraid | SimulatedProvider::Azuread => {
            document["subject_types_supported"] = json!(["pairwise"])
        }
        _ => {}
    }
    document
}
