//! The errors of this dialect as pages.

use std::borrow::Cow;

use actix_web::HttpRequest;
use url::form_urlencoded::{Serializer, parse};

use super::NhostError;
use crate::http::error_kind::ErrorKind;
use crate::http::error_pages::PageError;
use crate::http::pages::error_page::ErrorPage;
use crate::http::state::HttpState;
use crate::session::pkce;

impl PageError for NhostError {
    fn page<'a>(&'a self, http: &'a HttpState, request: &'a HttpRequest) -> ErrorPage<'a> {
        let page = ErrorPage::new(http, request, self.status, self.kind, self.code());
        let page = ErrorPage {
            own_words: self.own_words(),
            reason: self.fixed_reason(),
            retry_after: self.retry_after,
            start_again: start_again(http, request),
            ..page
        };
        if self.kind != ErrorKind::LinkExpired {
            return page;
        }
        // What the app would have been told, had the browser been redirected.
        let parameters = [("error", self.code.text()), ("errorDescription", self.code.message())];
        ErrorPage { home: http.return_urls.default_url().with_params(&parameters), ..page }
    }
}

impl NhostError {
    /// What to change in the request, unless that text holds something of the request.
    fn fixed_reason(&self) -> Option<&str> {
        match &self.reason {
            Some(Cow::Borrowed(reason)) => Some(*reason),
            _ => None,
        }
    }
}

/// The sign-in page, for a start of which nothing would be lost there.
fn start_again(http: &HttpState, request: &HttpRequest) -> Option<String> {
    let (base, provider) = request.path().split_once("/signin/provider/")?;
    if provider.contains('/') || !request.resource_map().has_resource(&format!("{base}/signin")) {
        return None;
    }
    let (mut query, mut has_challenge) = (Serializer::new(String::new()), false);
    for (name, value) in parse(request.query_string().as_bytes()) {
        match &*name {
            "redirectTo" if http.return_urls.check(&value).is_ok() => query.append_pair(&name, &value),
            "codeChallenge" if pkce::is_challenge(&value) => {
                has_challenge = true;
                query.append_pair(&name, &value)
            }
            "lang" | "ui_locales" => query.append_pair(&name, &value),
            _ => return None,
        };
    }
    if !has_challenge && !http.compat.refresh_token_in_url {
        return None;
    }
    let (page, query) = (format!("{}/signin", http.public_base), query.finish());
    Some(if query.is_empty() { page } else { format!("{page}?{query}") })
}
