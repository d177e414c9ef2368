//! The discovery documents.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::simulator::habits::{ClientProof, Offer};
use crate::simulator::house::House;

pub(super) fn document(simulator: &Simulator, house: House, tenant: &str) -> Value {
    let endpoints = simulator.endpoints_in(house, tenant);
    let habits = house.habits();
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
    let methods = match habits.client {
        ClientProof::Body | ClientProof::Signed => json!(["client_secret_post"]),
        ClientProof::Basic => json!(["client_secret_basic"]),
        ClientProof::Either => json!(["client_secret_post", "client_secret_basic"]),
    };
    // These two do not say, although they take the secret in the body.
    if !matches!(house, House::Linkedin | House::Discord) {
        document["token_endpoint_auth_methods_supported"] = methods;
    }
    if !matches!(house, House::Apple | House::Linkedin | House::Twitch) {
        let both = habits.plain_challenge;
        document["code_challenge_methods_supported"] = if both { json!(["S256", "plain"]) } else { json!(["S256"]) };
    }
    if habits.offer != Offer::Never {
        document["grant_types_supported"] = json!(["authorization_code", "refresh_token"]);
    }
    match house {
        House::Oidc => document["authorization_response_iss_parameter_supported"] = json!(true),
        House::Apple => {
            document["response_types_supported"] = json!(["code", "code id_token"]);
            document["response_modes_supported"] = json!(["query", "fragment", "form_post"]);
            document["subject_types_supported"] = json!(["pairwise"]);
            document["scopes_supported"] = json!(["openid", "email", "name"]);
        }
        House::Linkedin | House::Entraid | House::Azuread => document["subject_types_supported"] = json!(["pairwise"]),
        _ => {}
    }
    document
}
