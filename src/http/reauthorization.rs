//! The URL at which a user grants again what was lost, or more than before.

use url::form_urlencoded::Serializer;

use super::state::HttpState;
use crate::domain::id::ProviderName;

/// The start of a sign-in that asks for these scopes. The app may add `redirectTo` and whatever else a start takes. Scopes
/// that every start asks for are left out; the others need `allowed_scopes`.
#[must_use]
pub fn reauthorization_url(http: &HttpState, name: &ProviderName, scopes: &[String]) -> String {
    let url = format!("{}/signin/provider/{name}", http.public_base);
    let Some(provider) = http.providers.get(name) else { return url };
    let further: Vec<_> = scopes.iter().filter(|scope| provider.allowed_scopes.contains(scope)).collect();
    let mut query = Serializer::new(String::new());
    if !further.is_empty() {
        let further: Vec<_> = further.into_iter().map(String::as_str).collect();
        query.append_pair("scopes", &further.join(" "));
    }
    query.extend_pairs(&provider.reauthorization_parameters);
    let query = query.finish();
    if query.is_empty() { url } else { format!("{url}?{query}") }
}
