//! `POST /oauth/token`: a provider's access token for one of ours (RFC 8693), or for a user whom a trusted client names.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;
use uuid::Uuid;

use super::client_authentication::authenticate;
use super::error::{OAuthCode, OAuthError, database_error};
use super::request::TokenRequest;
use crate::clients::AuthenticatedClient;
use crate::domain::audit::{Action, Actor, Event, RequestOrigin};
use crate::domain::id::{ProviderName, UserId};
use crate::domain::log::{self, Scope};
use crate::grants::messages::{GetToken, GrantAccess, GrantError, HandedOut};
use crate::http::extract::Form;
use crate::http::reauthorization::reauthorization_url;
use crate::http::state::HttpState;
use crate::metrics::ExchangeOutcome;
use crate::session::access_token::TokenError;
use crate::user::messages::{RequireAccess, RequireLive, UserError};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
/// The id of a user in place of a token.
const USER_ID: &str = "urn:vouchsafe:params:oauth:token-type:user-id";

/// The longest id of an account at a provider, in bytes.
const MAX_ACCOUNT_BYTES: usize = 255;

pub(super) async fn exchange(
    http: web::Data<HttpState>,
    request: HttpRequest,
    Form(form): Form<TokenRequest>,
    origin: RequestOrigin,
) -> Result<HttpResponse, OAuthError> {
    let exchanged = match authenticate(&http, &request, &form, &origin).await {
        Ok(client) => recorded(&http, &client, &form, origin).await,
        Err(error) => Err(error),
    };
    let outcome = exchanged.as_ref().map_or_else(|error| error.code().outcome(), |_| ExchangeOutcome::Issued);
    http.metrics.exchanges.count(outcome);
    let HandedOut { access_token, expires_in, scopes, .. } = exchanged?;
    let mut body = json!({
        "access_token": access_token.expose(), "issued_token_type": ACCESS_TOKEN, "token_type": "Bearer",
    });
    if let Some(seconds) = expires_in {
        body["expires_in"] = seconds.into();
    }
    if !scopes.is_empty() {
        body["scope"] = scopes.join(" ").into();
    }
    Ok(HttpResponse::Ok().json(body))
}

/// Carries out the request of a client. Whatever becomes of it is in the audit trail before the client is answered.
async fn recorded(
    http: &HttpState,
    client: &AuthenticatedClient,
    form: &TokenRequest,
    origin: RequestOrigin,
) -> Result<HandedOut, OAuthError> {
    let mut event = Event {
        action: Action::TokenExchange,
        user_id: None,
        session_id: None,
        provider: None,
        origin,
        outcome: "done".to_owned(),
        actor: Some(Actor::Client(client.name().to_owned())),
    };
    let exchanged = hand_out(http, client, form, &mut event).await;
    if let Err(error) = &exchanged {
        event.outcome = error.code().text().to_owned();
    }
    http.clients.record(event, http.clock.now()).await.map_err(|error| database_error(&error))?;
    exchanged
}

async fn hand_out(
    http: &HttpState,
    client: &AuthenticatedClient,
    form: &TokenRequest,
    event: &mut Event,
) -> Result<HandedOut, OAuthError> {
    check_kind(form)?;
    let provider = target(client, form)?;
    Scope::set_provider(&provider);
    event.provider = Some(provider.clone());
    let scopes = scopes(client, form)?;
    let account = form.account.text().map(str::to_owned);
    if account.as_ref().is_some_and(|account| account.len() > MAX_ACCOUNT_BYTES) {
        return Err(OAuthError::invalid_request("account is too long"));
    }
    let min_validity = GetToken::min_validity(form.min_validity.text())
        .ok_or_else(|| OAuthError::invalid_request("min_validity is a number of seconds from 0 to 3600"))?;
    let access = access(http, client, form, event).await?;
    let get_token = GetToken { access, provider: provider.clone(), account, min_validity, scopes };
    http.grants.send(get_token).await?.map_err(|error| refusal(http, &provider, error))
}

/// The request is for an access token, for the sender alone.
fn check_kind(form: &TokenRequest) -> Result<(), OAuthError> {
    match form.grant_type.text() {
        Some(GRANT_TYPE) => {}
        Some(_) => {
            let description = "grant_type is urn:ietf:params:oauth:grant-type:token-exchange";
            return Err(OAuthError::new(OAuthCode::UnsupportedGrantType, description));
        }
        None => return Err(OAuthError::invalid_request("grant_type is missing")),
    }
    if form.actor_token.is_some() || form.actor_token_type.is_some() {
        return Err(OAuthError::invalid_request("actor_token is not supported"));
    }
    if form.requested_token_type.text().is_some_and(|kind| kind != ACCESS_TOKEN) {
        let description = "requested_token_type is urn:ietf:params:oauth:token-type:access_token";
        return Err(OAuthError::invalid_request(description));
    }
    Ok(())
}

/// The provider that `audience` names.
fn target(client: &AuthenticatedClient, form: &TokenRequest) -> Result<ProviderName, OAuthError> {
    if form.resource.is_some() {
        let description = "resource is not supported; audience names the provider";
        return Err(OAuthError::new(OAuthCode::InvalidTarget, description));
    }
    let audience = form.audience.text().ok_or_else(|| OAuthError::invalid_request("audience is missing"))?;
    let provider = audience.parse().ok().filter(|provider| client.may_use(provider));
    let description = "audience names no provider that this client may use";
    provider.ok_or_else(|| OAuthError::new(OAuthCode::InvalidTarget, description))
}

fn scopes(client: &AuthenticatedClient, form: &TokenRequest) -> Result<Vec<String>, OAuthError> {
    let given = form.scope.text().unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    let scopes: BTreeSet<&str> = given.collect();
    // RFC 6749 section 3.3.
    let is_scope = |scope: &str| scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if !scopes.iter().all(|scope| is_scope(scope) && client.may_ask_for(scope)) {
        return Err(OAuthError::new(OAuthCode::InvalidScope, "this client may not ask for one of these scopes"));
    }
    Ok(scopes.into_iter().map(str::to_owned).collect())
}

/// By what right the client acts for the user. A token that is not accepted is `invalid_request` (RFC 8693 section 2.2.2).
async fn access(
    http: &HttpState,
    client: &AuthenticatedClient,
    form: &TokenRequest,
    event: &mut Event,
) -> Result<GrantAccess, OAuthError> {
    let kind = form.subject_token_type.text();
    let kind = kind.ok_or_else(|| OAuthError::invalid_request("subject_token_type is missing"))?;
    let token = form.subject_token.0.as_ref().ok_or_else(|| OAuthError::invalid_request("subject_token is missing"))?;
    match kind {
        ACCESS_TOKEN | JWT => {
            let verified = http.token_verifier.verify(token.expose(), http.clock.now());
            let principal = verified.map_err(not_accepted)?.principal;
            (event.user_id, event.session_id) = (Some(principal.user_id), principal.session_id);
            let session = http.users.send(RequireLive(principal)).await?.map_err(no_access)?;
            Ok(GrantAccess::Session(session))
        }
        USER_ID if !client.may_act_offline() => {
            let description = "this client may not act for users without a session";
            Err(OAuthError::new(OAuthCode::UnauthorizedClient, description))
        }
        USER_ID => {
            let id = Uuid::parse_str(token.expose()).map(UserId);
            let user_id = id.map_err(|_| OAuthError::invalid_request("subject_token is not the id of a user"))?;
            event.user_id = Some(user_id);
            http.users.send(RequireAccess(user_id)).await?.map_err(no_access)?;
            Ok(GrantAccess::Offline(user_id))
        }
        _ => Err(OAuthError::invalid_request("subject_token_type is not supported")),
    }
}

fn not_accepted(error: TokenError) -> OAuthError {
    OAuthError::invalid_request(match error {
        TokenError::Expired => "subject_token has expired",
        TokenError::NotValid => "subject_token is not valid",
    })
}

fn no_access(error: UserError) -> OAuthError {
    match error {
        UserError::Store(error) => database_error(&error),
        _ => OAuthError::invalid_request("the session of subject_token has ended, or its user has no access"),
    }
}

/// Where the user consents again; `None` in builds without the dialect that has this route.
fn repair_url(http: &HttpState, provider: &ProviderName, scopes: &[String]) -> Option<String> {
    cfg!(feature = "nhost").then(|| reauthorization_url(http, provider, scopes))
}

/// The answer to a request for which there is no token.
fn refusal(http: &HttpState, provider: &ProviderName, error: GrantError) -> OAuthError {
    match error {
        GrantError::UnknownProvider => {
            OAuthError::new(OAuthCode::InvalidTarget, "the provider of audience is not configured")
        }
        GrantError::NotManaged => {
            let description = "the tokens of this provider are not kept; the setting custody says so";
            OAuthError::new(OAuthCode::InvalidTarget, description)
        }
        GrantError::NoGrant => {
            let description = "the user has no such account, or did not sign in by it since its tokens are kept";
            OAuthError::new(OAuthCode::InvalidGrant, description)
        }
        GrantError::NeedsReauthorization { scopes } => {
            let description = "the user has to sign in at the provider again, which url leads to";
            OAuthError::new(OAuthCode::InvalidGrant, description).with_url(repair_url(http, provider, &scopes))
        }
        GrantError::MissingScopes { scopes } => {
            let description = "the user has not granted all these scopes; url leads to the provider";
            OAuthError::new(OAuthCode::InvalidScope, description).with_url(repair_url(http, provider, &scopes))
        }
        GrantError::ScopeNotAllowed(_) => {
            let description =
                "allowed_scopes of the provider does not list one of these scopes, so nobody can grant it";
            OAuthError::new(OAuthCode::InvalidScope, description)
        }
        GrantError::ProviderUnavailable { retry_after } => OAuthError::unavailable(retry_after),
        GrantError::Store(error) => database_error(&error),
        GrantError::Seal(error) => {
            log::error!("a grant cannot be opened: {error}");
            OAuthError::new(OAuthCode::ServerError, "an error of this service")
        }
    }
}
