//! A person's addresses as a second call, for providers whose profile does not vouch for the one that it shows.

use serde_json::{Map, Value};

use super::definition::EmailsEndpoint;
use super::{Endpoints, Provider};
use crate::domain::secret::Secret;
use crate::oauth::http::{HttpClient, HttpError};

impl Provider {
    /// The profile with `email` and `email_verified` as the list of addresses says it, if the page knows of one.
    pub(super) async fn with_emails(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
        mut profile: Value,
    ) -> Result<Value, HttpError> {
        let (Some(definition), Some(mut url)) = (&self.emails_endpoint, endpoints.userinfo.clone()) else {
            return Ok(profile);
        };
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&definition.path);
        }
        url.set_query(definition.query.as_deref());
        let answer = match http.get_json(&url, Some(access_token), &self.headers).await {
            Ok(answer) => answer,
            // An app without the permission to read addresses: a person without one.
            Err(HttpError::Status(403 | 404)) => Value::Null,
            Err(error) => return Err(error),
        };
        let (email, is_verified) = definition.primary(&answer);
        if let Some(members) = profile.as_object_mut() {
            replace(members, "email", email);
            replace(members, "email_verified", is_verified);
        }
        Ok(profile)
    }
}

/// What the profile itself said there is public text that nobody vouches for.
fn replace(members: &mut Map<String, Value>, name: &str, value: Value) {
    members.insert(name.to_owned(), value);
}

impl EmailsEndpoint {
    /// The primary address and whether it is proven. A proven secondary address never stands in for it.
    fn primary(&self, answer: &Value) -> (Value, Value) {
        let list = self.list.as_ref().map_or(Some(answer), |path| path.find(answer));
        let is_primary = |entry: &&Value| entry.get(&self.primary) == Some(&Value::Bool(true));
        let entry = list.and_then(Value::as_array).and_then(|all| all.iter().find(is_primary));
        let member = |name: &str| entry.and_then(|entry| entry.get(name)).cloned().unwrap_or(Value::Null);
        (member(&self.email), member(&self.verified))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn definition(list: Option<&str>) -> EmailsEndpoint {
        EmailsEndpoint {
            path: "emails".to_owned(),
            query: None,
            list: list.map(|path| path.parse().expect("a path")),
            email: "email".to_owned(),
            primary: "primary".to_owned(),
            verified: "verified".to_owned(),
        }
    }

    #[test]
    fn only_the_primary_address_counts_with_its_own_proof() {
        let addresses = json!([
            {"email": "victim@example.org", "primary": false, "verified": true},
            {"email": "mine@example.net", "primary": true, "verified": false},
        ]);
        assert_eq!(definition(None).primary(&addresses), (json!("mine@example.net"), json!(false)));
        let within = json!({"values": addresses});
        assert_eq!(definition(Some("values")).primary(&within), (json!("mine@example.net"), json!(false)));
        for nothing in [
            json!([]),
            json!(null),
            json!({"message": "no"}),
            json!([{"email": "a@b.c", "verified": true}]),
            json!([{"email": "a@b.c", "primary": "true", "verified": true}]),
        ] {
            assert_eq!(definition(None).primary(&nothing), (Value::Null, Value::Null), "{nothing}");
        }
    }
}
