//! `GET {auth}/signin`: the sign-in page, whose buttons lead to `external/challenge`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::errors::Problem;
use super::provider_path::find;
use super::query::parameter;
use crate::domain::id::ProviderName;
use crate::flow::error::FailureCode;
use crate::http::pages::sign_in::{self, SignInTarget};
use crate::http::state::HttpState;

struct Target {
    callback_url: String,
}

impl SignInTarget for Target {
    fn start(&self, provider: &ProviderName) -> String {
        format!("external/challenge/{provider}")
    }

    fn parameters(&self) -> Vec<(&'static str, &str)> {
        vec![("callbackUrl", &self.callback_url)]
    }
}

/// The page, or the redirect to the start if a button was used. Without `callbackUrl` sign-ins end at `client.url`.
pub(super) async fn page(request: HttpRequest, http: web::Data<HttpState>) -> Result<HttpResponse, Problem> {
    let (callback_url, provider) =
        (parameter(request.query_string(), "callbackUrl")?, parameter(request.query_string(), "provider")?);
    let callback_url = callback_url.unwrap_or_else(|| http.return_urls.default_url().as_str().to_owned());
    // Refuses what the start would refuse, so that no button fails.
    http.return_urls.check(&callback_url).map_err(|_| FailureCode::ReturnUrlNotAllowed)?;
    let target = Target { callback_url };
    Ok(match provider {
        None => sign_in::page(&http, &request, &target),
        Some(name) => match find(&http, &name) {
            Some(provider) => sign_in::go(&http, &provider, &target),
            None => return Err(FailureCode::ProviderDisabled.into()),
        },
    })
}
