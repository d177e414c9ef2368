//! A provider that an embedding app defines in code.

use std::path::PathBuf;

use serde_json::Value;
use toml::{Table, Value as Toml};

use super::ProviderSettings;
use crate::domain::hooks::Unavailable;
use crate::domain::id::ProviderName;
use crate::domain::profile_source::ProfileSource;
use crate::domain::secret::Secret;
use crate::settings::Settings;
use crate::settings::reader::Reading;
use crate::settings::reader::error::SettingsErrors;
use crate::settings::reader::tree::Tree;

/// A provider that is not built in: what `[providers.NAME]` says in a file, and optionally a function that fetches the
/// profile. It is checked as the file is, by `Builder::build`.
///
/// Its redirect URIs are those of every provider: `{public_url}/signin/provider/{name}/callback` and
/// `{origin}/api/auth/external/callback/{name}`.
#[derive(Clone, Debug)]
pub struct CustomProvider {
    name: String,
    keys: Table,
    profile: Option<ProfileSource>,
}

impl CustomProvider {
    /// An OpenID Connect provider with discovery. The scopes are `openid email profile` unless set.
    #[must_use]
    pub fn oidc(name: &str, issuer: &str, client_id: &str) -> Self {
        Self::of_type("oidc", name, client_id).with("issuer", issuer)
    }

    /// An OAuth 2.0 provider. It needs [`Self::userinfo_url`] or [`Self::profile`].
    #[must_use]
    pub fn oauth2(name: &str, authorization_url: &str, token_url: &str, client_id: &str) -> Self {
        let provider = Self::of_type("oauth2", name, client_id);
        provider.with("authorization_url", authorization_url).with("token_url", token_url)
    }

    fn of_type(kind: &str, name: &str, client_id: &str) -> Self {
        let provider = Self { name: name.to_owned(), keys: Table::new(), profile: None };
        provider.with("type", kind).with("client_id", client_id)
    }

    /// The client's secret.
    #[must_use]
    pub fn client_secret(self, secret: &str) -> Self {
        self.with("client_secret", secret)
    }

    /// How the client authenticates: `client_secret_basic` (the default), `client_secret_post`, or `none` for a public
    /// client.
    #[must_use]
    pub fn client_authentication(self, method: &str) -> Self {
        self.with("client_authentication", method)
    }

    /// Authenticates with assertions that are signed with a private key in PEM (`private_key_jwt`). `key_id` is the id
    /// under which the provider knows the public key.
    #[must_use]
    pub fn private_key(self, pem: &str, key_id: &str) -> Self {
        let provider = self.client_authentication("private_key_jwt");
        provider.with("private_key", pem).with("key_id", key_id)
    }

    /// The name on its button.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        self.with("label", label)
    }

    /// The requested scopes.
    #[must_use]
    pub fn scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.with("scopes", scopes.into_iter().map(|scope| Toml::String(scope.into())).collect::<Vec<_>>())
    }

    /// The scopes that an app may ask for with `scopes=` besides [`Self::scopes`].
    #[must_use]
    pub fn allowed_scopes<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.with("allowed_scopes", scopes.into_iter().map(|scope| Toml::String(scope.into())).collect::<Vec<_>>())
    }

    /// Keeps the provider's refresh tokens in the service, which hands out live access tokens (`custody = "managed"`).
    #[must_use]
    pub fn managed(self) -> Self {
        self.with("custody", "managed")
    }

    /// What the provider does to a refresh token that is used: `keeps`, `rotates` or `revokes_on_reuse` (the default).
    #[must_use]
    pub fn rotation(self, rotation: &str) -> Self {
        self.with("rotation", rotation)
    }

    /// Where the profile is fetched with the access token.
    #[must_use]
    pub fn userinfo_url(self, url: &str) -> Self {
        self.with("userinfo_url", url)
    }

    /// Where tokens are revoked (RFC 7009).
    #[must_use]
    pub fn revocation_url(self, url: &str) -> Self {
        self.with("revocation_url", url)
    }

    /// Whether a PKCE challenge is sent; it is unless turned off.
    #[must_use]
    pub fn pkce(self, is_on: bool) -> Self {
        self.with("pkce", is_on)
    }

    /// A parameter of every authorization request, such as `prompt`.
    #[must_use]
    pub fn parameter(self, name: &str, value: &str) -> Self {
        self.with_in("parameters", name, value)
    }

    /// Where in the profile a claim stands: `id`, `email`, `email_verified`, `name`, `picture` or `locale`, and a path
    /// like `emails[0].value`. Those of OpenID Connect are the default. An email from elsewhere counts as unverified
    /// unless `email_verified` is set, too.
    #[must_use]
    pub fn claim(self, name: &str, path: &str) -> Self {
        self.with_in("claims", name, path)
    }

    /// Fetches the profile of an OAuth 2.0 provider by a function of the app, instead of `userinfo_url`: it gets the access
    /// token and returns a JSON object, in which the claims are looked for. It has `upstream.timeout`, must not block, and
    /// its answer identifies the user, so it must come from the provider itself.
    #[must_use]
    pub fn profile<F, A>(self, fetch: F) -> Self
    where
        F: Fn(Secret) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Value, Unavailable>> + 'static,
    {
        Self { profile: Some(ProfileSource::new(fetch)), ..self }
    }

    fn with(mut self, key: &str, value: impl Into<Toml>) -> Self {
        self.keys.insert(key.to_owned(), value.into());
        self
    }

    fn with_in(mut self, table: &str, key: &str, value: &str) -> Self {
        let table = self.keys.entry(table).or_insert_with(|| Toml::Table(Table::new()));
        if let Toml::Table(table) = table {
            table.insert(key.to_owned(), value.into());
        }
        self
    }

    /// The settings of the provider, checked as those of a file.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub(crate) fn read(&self, settings: &Settings) -> Result<(ProviderName, ProviderSettings), SettingsErrors> {
        let mut keys = self.keys.clone();
        if self.profile.is_some()
            && let Some(token_url) = keys.get("token_url").cloned()
        {
            // The type requires an endpoint, which the function takes the place of.
            keys.entry("userinfo_url").or_insert(token_url);
        }
        let inner = Table::from_iter([(self.name.clone(), Toml::Table(keys))]);
        let text = Table::from_iter([("providers".to_owned(), Toml::Table(inner))]).to_string();
        let (reading, root) = Reading::new(PathBuf::new(), Tree::parse("Builder::provider", &text)?);
        let http = settings.upstream.allow_http(settings.mode);
        let mut providers = super::read(reading.root(root).section("providers"), http);
        let (name, provider) = providers.pop_first().unzip();
        let provider = name.zip(provider);
        let profile_source = self.profile.clone();
        reading.into_result(provider.map(|(name, provider)| (name, ProviderSettings { profile_source, ..provider })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provider_in_code_is_what_the_file_says_and_checked_alike() {
        let text = "mode = 'development'\n[providers.acme]\ntype = 'oauth2'\nclient_id = 'me'\nclient_secret = 's'\n\
            authorization_url = 'https://acme.test/a'\ntoken_url = 'https://acme.test/t'\n\
            userinfo_url = 'https://acme.test/u'\nscopes = ['a', 'b']\npkce = false\n\
            allowed_scopes = ['c']\ncustody = 'managed'\nrotation = 'keeps'\n\
            parameters = { prompt = 'login' }\nclaims = { email = 'mails[0]', name = 'nick' }";
        let settings = Settings::from_toml(text).expect("settings");
        let acme = CustomProvider::oauth2("acme", "https://acme.test/a", "https://acme.test/t", "me")
            .client_secret("s")
            .userinfo_url("https://acme.test/u")
            .scopes(["a", "b"])
            .pkce(false)
            .allowed_scopes(["c"])
            .managed()
            .rotation("keeps")
            .parameter("prompt", "login")
            .claim("email", "mails[0]")
            .claim("name", "nick");
        let (name, read) = acme.read(&settings).expect("valid");
        assert_eq!(format!("{read:?}"), format!("{:?}", settings.providers[&name]));

        let wrong =
            CustomProvider::oidc("Acme Inc", "http://acme.test", "me").parameter("state", "x").claim("id", "a..b");
        let errors = wrong.read(&settings).expect_err("refused").to_string();
        for part in ["Acme Inc", "must be https", "client_secret", "parameters.state", "claims.id"] {
            assert!(errors.contains(part), "{part}: {errors}");
        }
    }
}
