//! Parses authorization requests as strictly as the real providers do.

use url::Url;

use super::form::Form;
use super::pkce::Challenge;
use super::provider::SimulatedProvider;
use super::traits::RefreshTokenPolicy;
use super::{Client, Simulator, tenant};

/// A valid authorization request.
#[derive(Debug)]
pub(super) struct AuthorizationRequest {
    /// The client's id.
    pub(super) client: String,
    pub(super) target: ResponseTarget,
    /// The redirect URI as sent: the token request must repeat it exactly.
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<Challenge>,
    pub(super) claims: Option<String>,
    /// Whether the `id_token` is to say when the user was authenticated: the request has `max_age`.
    pub(super) asks_auth_time: bool,
    pub(super) offline: bool,
    /// Whether an `id_token` goes with the code (Apple).
    pub(super) hybrid: bool,
    /// The tenant in the path (Azure AD, Entra ID).
    pub(super) tenant: Option<String>,
    /// The request token (Twitter).
    pub(super) request_token: Option<String>,
}

/// Where the response is sent.
#[derive(Debug)]
pub(super) struct ResponseTarget {
    pub(super) url: Url,
    pub(super) state: Option<String>,
    /// Whether the browser posts it as a form (Apple).
    pub(super) form_post: bool,
}

/// Why a request is rejected.
#[derive(Debug)]
pub(super) enum AuthorizeError {
    /// Without a valid redirect URI: the user gets a page.
    Page { code: &'static str, detail: &'static str },
    /// The error is sent to the client.
    Redirect { target: Box<ResponseTarget>, error: &'static str, description: &'static str },
}

impl AuthorizationRequest {
    /// Parses a query or the hidden fields of the consent page.
    pub(super) fn read(
        simulator: &Simulator,
        provider: SimulatedProvider,
        form: &Form,
    ) -> Result<Self, AuthorizeError> {
        let Some(client) = form.get("client_id").and_then(|id| simulator.client(id)) else {
            return Err(AuthorizeError::Page { code: "invalid_client", detail: "The OAuth client was not found." });
        };
        let tenant = form.get("tenant").map(str::to_owned);
        if tenant.as_deref().is_some_and(|tenant| !tenant::exists(tenant)) {
            return Err(AuthorizeError::Page { code: "AADSTS90002", detail: "There is no such tenant." });
        }
        let redirect_uri = form.get("redirect_uri").unwrap_or_default().to_owned();
        let Some(url) = client.allowed(&redirect_uri) else {
            let detail = if client.redirect_uris.is_empty() {
                "The redirect URI must be an http or https URL without a fragment."
            } else {
                "The redirect URI is not registered."
            };
            return Err(AuthorizeError::Page { code: "redirect_uri_mismatch", detail });
        };
        let scope = form.get("scope").unwrap_or_default().to_owned();
        let form_post = provider == SimulatedProvider::Apple && form.get("response_mode") == Some("form_post");
        if provider == SimulatedProvider::Apple && !scope.is_empty() && !form_post {
            return Err(AuthorizeError::Page {
                code: "invalid_request",
                detail: "response_mode must be form_post when name or email scope is requested.",
            });
        }
        let target = ResponseTarget { url, state: form.get("state").map(str::to_owned), form_post };
        let challenge = match challenge(&client, provider, form, &scope) {
            Ok(challenge) => challenge,
            Err((error, description)) => {
                return Err(AuthorizeError::Redirect { target: Box::new(target), error, description });
            }
        };
        let offline = match provider.traits().refresh_token_policy {
            RefreshTokenPolicy::Never => false,
            RefreshTokenPolicy::Always => true,
            RefreshTokenPolicy::Scope(wanted) => provider.has_scope(&scope, wanted),
            RefreshTokenPolicy::Offline => form.get("access_type") == Some("offline"),
        };
        Ok(Self {
            client: client.id,
            target,
            redirect_uri,
            scope,
            nonce: form.get("nonce").map(str::to_owned),
            challenge,
            claims: form.get("claims").map(str::to_owned),
            asks_auth_time: form.get("max_age").is_some(),
            offline,
            hybrid: form.get("response_type") == Some("code id_token"),
            tenant,
            request_token: None,
        })
    }
}

impl ResponseTarget {
    /// The redirect URI with `state` and these parameters added.
    pub(super) fn with(self, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.url;
        {
            let mut query = url.query_pairs_mut();
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            query.extend_pairs(parameters);
        }
        url
    }
}

/// The PKCE challenge of a valid request; otherwise error and description.
fn challenge(
    client: &Client,
    provider: SimulatedProvider,
    form: &Form,
    scope: &str,
) -> Result<Option<Challenge>, (&'static str, &'static str)> {
    if let Some(error) = validation_error(provider, form, scope) {
        return Err(error);
    }
    let challenge = Challenge::read(provider, form).map_err(|description| ("invalid_request", description))?;
    if challenge.is_none() && client.secret.is_none() {
        return Err(("invalid_request", "A public client has to use PKCE."));
    }
    Ok(challenge)
}

fn validation_error(provider: SimulatedProvider, form: &Form, scope: &str) -> Option<(&'static str, &'static str)> {
    match form.get("response_type") {
        Some("code") => {}
        // An id_token is never sent in a query.
        Some("code id_token")
            if provider == SimulatedProvider::Apple && form.get("response_mode") == Some("form_post") => {}
        _ => return Some(("unsupported_response_type", "Only response_type=code is supported.")),
    }
    let scope_separators = provider.traits().scope_separators;
    if [' ', ','].into_iter().any(|separator| scope.contains(separator) && !scope_separators.contains(&separator)) {
        return Some(("invalid_scope", "The scope separator is wrong."));
    }
    match provider {
        SimulatedProvider::Google | SimulatedProvider::Linkedin | SimulatedProvider::Oidc
            if !provider.has_scope(scope, "openid") =>
        {
            Some(("invalid_scope", "The scope openid is missing."))
        }
        SimulatedProvider::Workos => selector(form),
        _ => None,
    }
}

/// `WorkOS` requires exactly one selector of the identity source.
fn selector(form: &Form) -> Option<(&'static str, &'static str)> {
    let starts = |key, prefix| form.get(key).map(|value: &str| value.starts_with(prefix));
    let provider = form
        .get("provider")
        .map(|name| matches!(name, "authkit" | "GoogleOAuth" | "MicrosoftOAuth" | "GitHubOAuth" | "AppleOAuth"));
    let selectors = [starts("connection", "conn_"), starts("organization", "org_"), provider];
    let mut selectors = selectors.into_iter().flatten();
    match (selectors.next(), selectors.next()) {
        (Some(true), None) => None,
        (Some(false), None) => Some(("invalid_request", "Unknown connection, organization or provider.")),
        _ => Some(("invalid_request", "Exactly one of connection, organization and provider is required.")),
    }
}
