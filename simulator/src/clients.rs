//! The registered clients.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{CLIENT_ID, CLIENT_SECRET};

/// A client that the simulated providers know. It is registered at all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The secret. A client without one is public: it sends only its id, and has to use PKCE. Apple ignores the secret;
    /// there the client signs one with [`Simulator::apple_private_key`](crate::Simulator::apple_private_key).
    #[serde(default)]
    pub secret: Option<String>,
    /// The allowed redirect URIs, compared as text; of any scheme, without a fragment. If there are none, every `http`
    /// and `https` URL is allowed.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

impl Client {
    /// The redirect URI as a URL, if the client may use it.
    pub(super) fn allowed(&self, redirect_uri: &str) -> Option<Url> {
        let url = Url::parse(redirect_uri).ok().filter(|url| url.fragment().is_none())?;
        let is_allowed = if self.redirect_uris.is_empty() {
            matches!(url.scheme(), "http" | "https")
        } else {
            self.redirect_uris.iter().any(|registered| registered == redirect_uri)
        };
        is_allowed.then_some(url)
    }
}

/// The clients by id; at first only the default one.
#[derive(Debug)]
pub(super) struct ClientRegistry(Mutex<BTreeMap<String, Client>>);

impl Default for ClientRegistry {
    fn default() -> Self {
        let registry = Self(Mutex::default());
        registry.clear();
        registry
    }
}

impl ClientRegistry {
    pub(super) fn register(&self, client: Client) {
        self.clients().insert(client.id.clone(), client);
    }

    pub(super) fn find(&self, id: &str) -> Option<Client> {
        self.clients().get(id).cloned()
    }

    pub(super) fn all(&self) -> Vec<Client> {
        self.clients().values().cloned().collect()
    }

    /// Removes all but the default client.
    pub(super) fn clear(&self) {
        let default =
            Client { id: CLIENT_ID.to_owned(), secret: Some(CLIENT_SECRET.to_owned()), redirect_uris: Vec::new() };
        *self.clients() = BTreeMap::from([(default.id.clone(), default)]);
    }

    fn clients(&self) -> MutexGuard<'_, BTreeMap<String, Client>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_compared_as_text() {
        let any = Client { id: "a".into(), secret: None, redirect_uris: Vec::new() };
        assert!(any.allowed("http://127.0.0.1:9/cb?x=1").is_some());
        assert!(any.allowed("app:/cb").is_none() && any.allowed("http://127.0.0.1/#f").is_none());
        let listed = Client { redirect_uris: vec!["app:/cb".into(), "https://a.test/cb".into()], ..any };
        assert!(listed.allowed("app:/cb").is_some() && listed.allowed("https://a.test/cb").is_some());
        assert!(listed.allowed("https://a.test/cb/").is_none() && listed.allowed("https://A.test/cb").is_none());
    }
}
