//! Providers by the names that the dialect shows: labels like `GitHub`, accepted in any letter case.

use crate::domain::id::ProviderName;
use crate::http::state::HttpState;
use crate::provider::Provider;

/// The name that a list shows: the label, unless it could be taken for another provider.
pub(super) fn display_name<'a>(http: &HttpState, provider: &'a Provider) -> &'a str {
    let is_taken = http.providers.iter().filter(|other| other.name != provider.name).any(|other| {
        other.label.eq_ignore_ascii_case(&provider.label) || other.name.as_str().eq_ignore_ascii_case(&provider.label)
    });
    if is_taken { provider.name.as_str() } else { &provider.label }
}

/// The name that a list shows for a provider that may not be configured any more.
pub(super) fn display_name_of<'a>(http: &'a HttpState, name: &'a str) -> &'a str {
    let provider = name.parse().ok().and_then(|name: ProviderName| http.providers.get(&name));
    provider.map_or(name, |provider| display_name(http, provider))
}

/// The provider that a path names, by its own name or by the one that is display_name.
pub(super) fn find(http: &HttpState, text: &str) -> Option<ProviderName> {
    let by_name = || text.to_ascii_lowercase().parse().ok().filter(|name| http.providers.get(name).is_some());
    let by_label = || http.providers.iter().find(|provider| display_name(http, provider).eq_ignore_ascii_case(text));
    by_name().or_else(|| by_label().map(|provider| provider.name.clone()))
}
