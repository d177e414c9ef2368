//! `GET /signin`: the sign-in page, whose buttons start a sign-in.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::codes::ErrorCode;
use super::errors::NhostError;
use super::provider_path::provider_name;
use super::start::{check_compat, credential};
use crate::domain::id::ProviderName;
use crate::flow::intent::BeginIntent;
use crate::http::extract::Query;
use crate::http::pages::sign_in::{self, SignInTarget};
use crate::http::state::HttpState;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PageQuery {
    /// The button that was used.
    provider: Option<String>,
    redirect_to: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
}

impl PageQuery {
    /// Refuses what the start would refuse, so that no button fails.
    fn check(&self, http: &HttpState) -> Result<(), NhostError> {
        let intent = BeginIntent::SignIn(credential(self.code_challenge.clone())?);
        check_compat(&http.compat, &intent)?;
        if let Some(url) = &self.redirect_to {
            http.return_urls.check(url).map_err(|_| ErrorCode::RedirectToNotAllowed)?;
        }
        Ok(())
    }
}

impl SignInTarget for PageQuery {
    fn start(&self, provider: &ProviderName) -> String {
        format!("signin/provider/{provider}")
    }

    fn parameters(&self) -> Vec<(&'static str, &str)> {
        let parameters =
            [("redirectTo", &self.redirect_to), ("state", &self.state), ("codeChallenge", &self.code_challenge)];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
    }
}

/// The page, or the redirect to the start if a button was used.
pub(super) async fn page(
    request: HttpRequest,
    http: web::Data<HttpState>,
    Query(query): Query<PageQuery>,
) -> Result<HttpResponse, NhostError> {
    query.check(&http)?;
    Ok(match &query.provider {
        Some(name) => sign_in::go(&http, &provider_name(&http, name)?, &query),
        None => sign_in::page(&http, &request, &query),
    })
}
