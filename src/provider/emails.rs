//! The second call for a user's emails, for providers whose profile does not vouch for its own.

use serde_json::Value;

use super::model::{EmailsEndpoint, Endpoints, Provider};
use crate::domain::secret::Secret;
use crate::metrics::Endpoint;
use crate::oauth::http::{HttpClient, HttpError};

impl Provider {
    /// The primary email of the list of emails and its proof, if the provider has such a list.
    pub(super) async fn listed_email(
        &self,
        http: &HttpClient,
        endpoints: &Endpoints,
        access_token: &Secret,
    ) -> Result<Option<ListedEmail>, HttpError> {
        let (Some(list), Some(mut url)) = (&self.emails_endpoint, endpoints.userinfo.clone()) else { return Ok(None) };
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&list.path);
        }
        url.set_query(list.query.as_deref());
        let answer = match http.get_json(Endpoint::Emails, &url, Some(access_token), &self.headers).await {
            Ok(answer) => answer,
            // The app may not read emails: the user has none.
            Err(HttpError::Status(403 | 404)) => Value::Null,
            Err(error) => return Err(error),
        };
        let (email, is_verified) = list.primary(&answer);
        Ok(Some(ListedEmail { email, is_verified }))
    }
}

/// What a list of emails says about the user, in the provider's own values.
pub(super) struct ListedEmail {
    email: Value,
    is_verified: Value,
}

impl ListedEmail {
    /// Sets `email` and `email_verified` of `profile`, whose own email is public text that the provider does not vouch
    /// for.
    pub(super) fn replace_in(self, profile: &mut Value) {
        if let Some(members) = profile.as_object_mut() {
            members.insert("email".to_owned(), self.email);
            members.insert("email_verified".to_owned(), self.is_verified);
        }
    }
}

impl EmailsEndpoint {
    /// The primary email and its proof. A verified secondary email never replaces it.
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

    fn endpoint(list: Option<&str>) -> EmailsEndpoint {
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
    fn emails_only_primary_counts_with_its_own_proof() {
        let addresses = json!([
            {"email": "victim@example.org", "primary": false, "verified": true},
            {"email": "mine@example.net", "primary": true, "verified": false},
        ]);
        assert_eq!(endpoint(None).primary(&addresses), (json!("mine@example.net"), json!(false)));
        let within = json!({"values": addresses});
        assert_eq!(endpoint(Some("values")).primary(&within), (json!("mine@example.net"), json!(false)));
        for list in [
            json!([]),
            json!(null),
            json!({"message": "no"}),
            json!([{"email": "a@b.c", "verified": true}]),
            json!([{"email": "a@b.c", "primary": "true", "verified": true}]),
        ] {
            assert_eq!(endpoint(None).primary(&list), (Value::Null, Value::Null), "{list}");
        }
    }
}
