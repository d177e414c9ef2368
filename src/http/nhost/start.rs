//! `GET /signin/provider/{provider}` and `/signup/provider/{provider}`: the start of a sign-in in a browser.
//!
//! A browser is redirected to the provider; a script that accepts JSON gets the URL. Both get the flow's cookie.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::codes;
use super::errors::NhostError;
use super::provider_params::{self, ProviderParams};
use super::provider_path::{ProviderPath, redirect_uri};
use super::responses;
use super::sign_up_params::SignUpParams;
use crate::domain::id::ProviderName;
use crate::domain::log;
use crate::domain::secret::Secret;
use crate::flow::error::FailureCode;
use crate::flow::intent::BeginIntent;
use crate::flow::service::{Begin, BeginError};
use crate::http::authorization_redirect;
use crate::http::extract::Query;
use crate::http::state::HttpState;
use crate::session::pkce;
use crate::settings::Compat;
use crate::user::messages::Credential;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StartQuery {
    /// Separated by commas.
    allowed_roles: Option<String>,
    default_role: Option<String>,
    display_name: Option<String>,
    locale: Option<String>,
    /// A JSON object.
    metadata: Option<String>,
    redirect_to: Option<String>,
    connect: Option<Secret>,
    state: Option<String>,
    code_challenge: Option<String>,
    /// `providerSpecificParams` of the specification page, which come as parameters of their own.
    connection: Option<String>,
    organization: Option<String>,
    /// Separated by spaces or commas.
    scopes: Option<String>,
    prompt: Option<String>,
    #[serde(rename = "login_hint")]
    login_hint: Option<String>,
    /// In seconds.
    #[serde(rename = "max_age")]
    max_age: Option<String>,
    #[serde(rename = "ui_locales")]
    ui_locales: Option<String>,
    #[serde(rename = "acr_values")]
    acr_values: Option<String>,
}

/// `GET /signin/provider/{provider}`
pub(super) async fn sign_in(
    request: HttpRequest,
    http: web::Data<HttpState>,
    ProviderPath(provider): ProviderPath,
    Query(query): Query<StartQuery>,
) -> Result<HttpResponse, NhostError> {
    let intent = |connect: Option<Secret>, credential| {
        connect.map_or_else(|| BeginIntent::SignIn(credential), BeginIntent::Connect)
    };
    start(&http, &request, query.into_begin(&http, provider, intent)?).await
}

/// `GET /signup/provider/{provider}`: for new users. There is no account to connect to.
pub(super) async fn sign_up(
    request: HttpRequest,
    http: web::Data<HttpState>,
    ProviderPath(provider): ProviderPath,
    Query(query): Query<StartQuery>,
) -> Result<HttpResponse, NhostError> {
    let begin = query.into_begin(&http, provider, |_, credential| BeginIntent::SignUp(credential))?;
    start(&http, &request, begin).await
}

async fn start(http: &HttpState, request: &HttpRequest, begin: Begin) -> Result<HttpResponse, NhostError> {
    let accepts_json = accepts_json(request);
    match http.sign_ins.begin(begin).await {
        Ok(begun) if accepts_json => Ok(authorization_redirect::json_url(http, request, &begun)),
        Ok(begun) => Ok(authorization_redirect::redirect(http, request, &begun)),
        Err(BeginError { error, return_url: Some(return_url), flow }) if error.code != FailureCode::Unavailable => {
            log::log!(http.sign_ins.log_level(&error), "sign-in not started: {error}");
            if accepts_json {
                return Err(NhostError::from_sign_in(http, &error));
            }
            let code = codes::public_code(http, error.code);
            let flow = flow.to_string();
            let parameters = [("error", code.text()), ("errorDescription", code.message()), ("flow", &flow)];
            let target = return_url.with_params(&parameters);
            Ok(responses::redirect(&target))
        }
        Err(BeginError { error, .. }) => Err(NhostError::from_sign_in(http, &error)),
    }
}

/// Whether a script asks, which cannot read a redirect. A browser that navigates accepts `text/html`.
fn accepts_json(request: &HttpRequest) -> bool {
    let accepted = request.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
    let mut types =
        accepted.flat_map(|value| value.split(',')).map(|one| one.split(';').next().unwrap_or_default().trim());
    let mut is_json = false;
    types.all(|one| {
        is_json |= one.eq_ignore_ascii_case("application/json");
        !one.eq_ignore_ascii_case("text/html")
    }) && is_json
}

/// Refuses the ways of Nhost's clients that the operator turned off.
pub(super) fn check_compat(compat: &Compat, intent: &BeginIntent) -> Result<(), NhostError> {
    match intent {
        BeginIntent::Connect(_) if !compat.connect_in_url => {
            Err(NhostError::invalid_request("connect is turned off; use POST /link/provider/{provider}"))
        }
        BeginIntent::SignIn(Credential::RefreshToken) | BeginIntent::SignUp(Credential::RefreshToken)
            if !compat.refresh_token_in_url =>
        {
            Err(NhostError::invalid_request("codeChallenge is required: no refresh token is put into a URL"))
        }
        _ => Ok(()),
    }
}

/// What a sign-in ends with: a one-time code if there is a challenge for it.
pub(super) fn credential(code_challenge: Option<String>) -> Result<Credential, NhostError> {
    match code_challenge {
        None => Ok(Credential::RefreshToken),
        Some(challenge) if pkce::is_challenge(&challenge) => Ok(Credential::Code { challenge }),
        Some(_) => Err(NhostError::invalid_request("codeChallenge is 43 characters of base64url")),
    }
}

impl StartQuery {
    fn into_begin(
        self,
        http: &HttpState,
        provider: ProviderName,
        intent: impl FnOnce(Option<Secret>, Credential) -> BeginIntent,
    ) -> Result<Begin, NhostError> {
        let credential = credential(self.code_challenge)?;
        let metadata = self.metadata.map(|text| serde_json::from_str(&text)).transpose();
        let options = SignUpParams {
            allowed_roles: self.allowed_roles.map(|roles| roles.split(',').map(str::to_owned).collect()),
            default_role: self.default_role,
            display_name: self.display_name,
            locale: self.locale,
            metadata: metadata.map_err(|_| NhostError::invalid_request("metadata is a JSON object"))?,
            redirect_to: None,
        };
        let intent = intent(self.connect.filter(|token| !token.is_empty()), credential);
        check_compat(&http.compat, &intent)?;
        let parameters = ProviderParams {
            connection: self.connection,
            organization: self.organization,
            prompt: self.prompt,
            login_hint: self.login_hint,
            ui_locales: self.ui_locales,
            acr_values: self.acr_values,
            max_age: provider_params::max_age(self.max_age)?,
        };
        Ok(Begin {
            redirect_uri: redirect_uri(http, &provider),
            provider,
            return_url: self.redirect_to,
            client_state: self.state.filter(|state| !state.is_empty()),
            intent,
            options: options.checked()?,
            asked: parameters.with_scopes(self.scopes.as_deref()),
        })
    }
}
