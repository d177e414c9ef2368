//! The providers: what their settings make, and what each answers.

use std::sync::Arc;

use futures_util::future::join_all;

use super::catalogue::Check;
use super::credentials;
use super::finding::Finding;
use crate::app::mount_point;
use crate::domain::clock::Clock;
use crate::domain::id::ProviderName;
use crate::domain::random::RandomSource;
use crate::oauth::discovery::DiscoveryError;
use crate::oauth::http::{HttpClient, HttpError, HttpPolicy};
use crate::oauth::jwks::JwksError;
use crate::provider::definition::DefinitionError;
use crate::provider::probe::{KeyUse, Probe, Verdict};
use crate::provider::{Protocol, Provider, build_providers};
use crate::settings::Settings;

/// A greater difference makes id_tokens and client assertions invalid.
const MAX_SKEW_SECONDS: i64 = 60;

/// What the settings say, and the providers that they make.
pub(super) fn examine(settings: &Settings, http: &HttpPolicy) -> (Vec<Finding>, Vec<Provider>) {
    let (mut found, mut providers) = (Vec::new(), Vec::new());
    for (name, provider) in &settings.providers {
        let subject = format!("providers.{name}");
        found.extend(credentials::examine(name, provider));
        let only = [(name.clone(), provider.clone())].into();
        match build_providers(&only, &[], http) {
            Ok(built) => {
                let is_openid = |scope: &String| scope == "openid";
                let requests_openid = |one: &Provider| name.as_str() == "apple" || one.scopes.iter().any(is_openid);
                if built.iter().any(|one| matches!(one.protocol, Protocol::Oidc { .. }) && !requests_openid(one)) {
                    let message = "it does not contain `openid`";
                    found.push(Finding::new(Check::OpenidScope, format!("{subject}.scopes"), message));
                }
                found.push(Finding::new(Check::RedirectUris, &subject, redirect_uris(settings, name).join(" and ")));
                providers.extend(built);
            }
            Err((_, DefinitionError::PrivateKey(error))) => {
                found.push(Finding::new(Check::ProviderKey, format!("{subject}.private_key"), error.to_string()));
            }
            Err((_, error)) => found.push(Finding::new(Check::ProviderIncomplete, &subject, error.to_string())),
        }
    }
    (found, providers)
}

/// The redirect URIs to register, one for each dialect.
fn redirect_uris(settings: &Settings, name: &ProviderName) -> Vec<String> {
    let mut uris = Vec::new();
    if cfg!(feature = "nhost") {
        uris.push(format!("{}/signin/provider/{name}/callback", settings.server.public_base()));
    }
    if cfg!(feature = "aufy") && settings.aufy.enabled {
        let origin = settings.server.public_url.origin().ascii_serialization();
        let (mount, path) = (mount_point(settings), &settings.aufy.auth_path);
        uris.push(format!("{origin}{mount}{path}/external/callback/{name}"));
    }
    uris
}

/// Asks all providers at the same time. Returns whether one answered.
pub(super) async fn probe(
    settings: &Settings,
    providers: &[Provider],
    clock: &dyn Clock,
    random: &dyn RandomSource,
) -> (Vec<Finding>, bool) {
    let probes = providers.iter().map(async |provider| {
        let http = HttpClient::new(&provider.http, Arc::default());
        let redirect_uri = redirect_uris(settings, &provider.name).into_iter().next().unwrap_or_default();
        (provider, provider.probe(&http, &redirect_uri, || clock.now(), random).await)
    });
    let (mut found, mut skews, mut is_reached) = (Vec::new(), Vec::new(), false);
    for (provider, probe) in join_all(probes).await {
        let findings = judge(provider, &probe);
        is_reached |= findings.iter().any(|finding| finding.id != Check::ProviderUnreachable.id());
        found.extend(findings);
        skews.extend(probe.clock_ahead);
    }
    found.extend(clock_finding(skews));
    (found, is_reached)
}

fn judge(provider: &Provider, probe: &Probe) -> Vec<Finding> {
    let subject = format!("providers.{}", provider.name);
    let at = |key: &str| format!("{subject}.{key}");
    if let Err(error) = &probe.endpoints {
        let check = match error {
            DiscoveryError::Http(error) if error.is_outage() => {
                return vec![unreachable(&subject, "its metadata", error)];
            }
            DiscoveryError::IssuerMismatch(_) => Check::IssuerMismatch,
            _ => Check::DiscoveryFailed,
        };
        return vec![Finding::new(check, at("issuer"), error.to_string())];
    }
    let mut found = Vec::new();
    if let (Some(listed), Protocol::Oidc { algorithms, .. }) = (&probe.listed_algorithms, &provider.protocol)
        && !algorithms.iter().any(|name| listed.contains(name))
    {
        let message = format!("allowed: {}; listed: {}", algorithms.join(", "), listed.join(", "));
        found.push(Finding::new(Check::AlgorithmsUnsupported, at("id_token_algorithms"), message));
    }
    match &probe.keys {
        Some(Err(JwksError::Http(error))) if error.is_outage() => found.push(unreachable(&subject, "its keys", error)),
        Some(Err(error)) => found.push(Finding::new(Check::JwksUnreachable, at("jwks_url"), error.to_string())),
        Some(Ok(KeyUse::Unusable)) => {
            let message = "its key set holds no key for an allowed algorithm";
            found.push(Finding::new(Check::JwksUnusable, at("id_token_algorithms"), message));
        }
        Some(Ok(KeyUse::Usable)) | None => {}
    }
    found.extend(probe.credentials.as_ref().map(|credentials| match credentials {
        Err(error) => unreachable(&subject, "its token endpoint", error),
        Ok(verdict) => of_verdict(&subject, verdict),
    }));
    found
}

fn unreachable(subject: &str, what: &str, error: &HttpError) -> Finding {
    Finding::new(Check::ProviderUnreachable, subject, format!("{what}: {error}"))
}

fn of_verdict(subject: &str, verdict: &Verdict) -> Finding {
    let (check, message) = match verdict {
        Verdict::Accepted => {
            (Check::CredentialsAccepted, "a made-up code was refused, and client id and secret were not".into())
        }
        Verdict::Rejected => (Check::CredentialsRejected, "the token endpoint refuses client id or secret".into()),
        Verdict::RedirectUriRejected => {
            (Check::RedirectUriRejected, "the token endpoint refuses the redirect URI".into())
        }
        Verdict::NoEndpoint(status) => (Check::TokenEndpointMissing, format!("a code exchange gets status {status}")),
        Verdict::Unclear(answer) => {
            (Check::CredentialsUnknown, format!("could not tell: a made-up code was answered with {answer}"))
        }
    };
    Finding::new(check, subject, message)
}

/// The median, so that one provider with a wrong clock decides nothing.
fn clock_finding(mut skews: Vec<i64>) -> Option<Finding> {
    skews.sort_unstable();
    let median = *skews.get(skews.len() / 2)?;
    let message = match median {
        1.. => format!("this machine is {median} s behind"),
        0 => "no difference".to_owned(),
        _ => format!("this machine is {} s ahead", -median),
    };
    let check = if median.abs() > MAX_SKEW_SECONDS { Check::ClockSkew } else { Check::ClockRight };
    Some(Finding::new(check, "clock", message))
}
