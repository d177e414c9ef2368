//! Providers by the names that the dialect displays: labels like `GitHub`, accepted in any letter case.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::domain::id::ProviderName;
use crate::http::cookies::has_flow_of_query;
use crate::http::extract::rejection::http_state;
use crate::http::state::HttpState;
use crate::provider::Provider;

use super::errors::Problem;

/// The segment `{provider}` of a path; `None` for an unknown provider.
pub(super) struct ProviderPath(pub(super) Option<ProviderName>);

impl FromRequest for ProviderPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("provider").unwrap_or_default();
        ready(http_state(request).map(|http| Self(find(http, text))).map_err(Problem::from))
    }
}

/// The same in a callback, whose provider may have been removed since the browser's flow began.
pub(super) struct CallbackPath(pub(super) Option<ProviderName>);

impl FromRequest for CallbackPath {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("provider").unwrap_or_default();
        let name = http_state(request).map(|http| {
            let removed = || text.parse().ok().filter(|_| has_flow_of_query(http, request));
            Self(find(http, text).or_else(removed))
        });
        ready(name.map_err(Problem::from))
    }
}

/// The label of a provider, or its name if another provider could be meant by the label.
pub(super) fn display_name<'a>(http: &HttpState, provider: &'a Provider) -> &'a str {
    let is_ambiguous = http.providers.iter().filter(|other| other.name != provider.name).any(|other| {
        other.label.eq_ignore_ascii_case(&provider.label) || other.name.as_str().eq_ignore_ascii_case(&provider.label)
    });
    if is_ambiguous { provider.name.as_str() } else { &provider.label }
}

/// The same for a provider that may not be configured any more.
pub(super) fn display_name_of<'a>(http: &'a HttpState, name: &'a str) -> &'a str {
    let provider = name.parse().ok().and_then(|name: ProviderName| http.providers.get(&name));
    provider.map_or(name, |provider| display_name(http, provider))
}

pub(super) fn find(http: &HttpState, text: &str) -> Option<ProviderName> {
    let by_name = || text.to_ascii_lowercase().parse().ok().filter(|name| http.providers.get(name).is_some());
    let by_label = || http.providers.iter().find(|provider| display_name(http, provider).eq_ignore_ascii_case(text));
    by_name().or_else(|| by_label().map(|provider| provider.name.clone()))
}
