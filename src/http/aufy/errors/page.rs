//! The problems of this dialect as pages.

use std::borrow::Cow;

use actix_web::HttpRequest;
use url::form_urlencoded::byte_serialize;

use super::Problem;
use crate::domain::id::ProviderName;
use crate::http::aufy::auth::dialect;
use crate::http::aufy::query;
use crate::http::error_kind::ErrorKind;
use crate::http::error_pages::PageError;
use crate::http::pages::error_page::ErrorPage;
use crate::http::state::HttpState;

impl PageError for Problem {
    fn page<'a>(&'a self, http: &'a HttpState, request: &'a HttpRequest) -> ErrorPage<'a> {
        let code = self.code.as_deref().unwrap_or_else(|| self.kind.name());
        let page = ErrorPage::new(http, request, self.status, self.kind, code);
        ErrorPage {
            own_words: self.code.as_ref().map(|_| &*self.detail),
            // The standard details say no more than the page, and others may hold something of the request.
            reason: match &self.detail {
                Cow::Borrowed(detail) if self.kind == ErrorKind::InvalidRequest => Some(*detail),
                _ => None,
            },
            retry_after: self.retry_after,
            start_again: start_again(http, request),
            ..page
        }
    }
}

/// The sign-in page, or the provider's start if there is none. The return URL of a callback is not known without its
/// flow.
fn start_again(http: &HttpState, request: &HttpRequest) -> Option<String> {
    let dialect = dialect(request).ok()?;
    let (base, route) = request.path().split_once("/external/")?;
    let given = || query::parameter(request.query_string(), "callbackUrl").ok().flatten();
    let is_start = route.starts_with("challenge/");
    let given = is_start.then(given).flatten().and_then(|url| http.return_urls.check(&url).ok());
    let return_url = given.as_ref().unwrap_or_else(|| http.return_urls.default_url()).as_str();
    let return_url: String = byte_serialize(return_url.as_bytes()).collect();
    if request.resource_map().has_resource(&format!("{base}/signin")) {
        return Some(format!("{}?callbackUrl={return_url}", dialect.auth_path("/signin")));
    }
    let provider: ProviderName = request.match_info().get("provider")?.to_ascii_lowercase().parse().ok()?;
    let provider = http.providers.get(&provider).filter(|_| !is_start)?;
    let start = dialect.auth_path(&format!("/external/challenge/{}", provider.name));
    Some(format!("{start}?callbackUrl={return_url}"))
}
