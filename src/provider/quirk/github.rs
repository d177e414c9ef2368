//! GitHub: the profile's own address is public text that nobody vouches for, so it is replaced by what the
//! addresses endpoint says of the primary one.

use serde_json::{Value, json};

use super::super::Endpoints;
use crate::domain::secret::Secret;
use crate::oauth::http::{HttpClient, HttpError};

pub(super) async fn complete(
    http: &HttpClient,
    endpoints: &Endpoints,
    access_token: &Secret,
    mut profile: Value,
) -> Result<Value, HttpError> {
    let Some(mut addresses) = endpoints.userinfo.clone() else { return Ok(profile) };
    // Also right for GitHub Enterprise, whose API has a path before it.
    if let Ok(mut path) = addresses.path_segments_mut() {
        path.push("emails");
    }
    let answer = match http.get_json(&addresses, Some(access_token), &[]).await {
        Ok(answer) => answer,
        // An app without the permission to read addresses: a person without one.
        Err(HttpError::Status(403 | 404)) => Value::Null,
        Err(error) => return Err(error),
    };
    let (email, is_verified) = primary(&answer);
    profile["email"] = email;
    profile["email_verified"] = is_verified;
    Ok(profile)
}

/// The primary address and whether it is proven. A proven secondary address never stands in for it.
fn primary(addresses: &Value) -> (Value, Value) {
    let is_primary = |entry: &&Value| entry["primary"] == json!(true);
    match addresses.as_array().and_then(|all| all.iter().find(is_primary)) {
        Some(entry) => (entry["email"].clone(), entry["verified"].clone()),
        None => (Value::Null, Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_primary_address_counts_with_its_own_proof() {
        let addresses = json!([
            {"email": "victim@example.org", "primary": false, "verified": true},
            {"email": "mine@example.net", "primary": true, "verified": false},
        ]);
        assert_eq!(primary(&addresses), (json!("mine@example.net"), json!(false)));
        for nothing in [json!([]), json!(null), json!({"message": "no"}), json!([{"email": "a@b.c", "verified": true}])]
        {
            assert_eq!(primary(&nothing), (Value::Null, Value::Null));
        }
    }
}
