//! Sign-ins with a provider, and our calls to it.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::label::{ByLabel, Label as _, label};
use super::registry::{Counters, Gauges, Histograms, labels, register, remote_seconds};
use crate::domain::log::Scope;

label! {
    /// How a sign-in ended. A sign-in whose browser was sent on with a ticket or to the confirmation of a link has not
    /// ended yet.
    Outcome {
        /// A user signed in who had an account with this identity.
        KnownUser = "known_user",
        /// An account was created.
        NewUser = "new_user",
        /// An account was created whose email must be verified first.
        PendingVerification = "pending_verification",
        /// The identity was linked to an account.
        Linked = "linked",
        /// Nobody came back from the provider in time.
        Abandoned = "abandoned",
        /// The return URL is not on the allow-list.
        ReturnUrlNotAllowed = "return_url_not_allowed",
        /// The provider is not configured any more.
        ProviderDisabled = "provider_disabled",
        /// The options do not fit into the browser's cookie.
        OptionsTooLarge = "options_too_large",
        /// The app may not ask for a scope.
        ScopeNotAllowed = "scope_not_allowed",
        /// The browser has no such flow.
        InvalidState = "invalid_state",
        /// The callback came after the deadline.
        FlowExpired = "flow_expired",
        /// The user denied consent.
        ConsentDenied = "consent_denied",
        /// The provider reported an error.
        ProviderError = "provider_error",
        /// The callback's parameters are not a valid response.
        InvalidCallback = "invalid_callback",
        /// The code was not exchanged.
        ExchangeFailed = "exchange_failed",
        /// The provider did not identify the user, or not verifiably.
        ProfileFailed = "profile_failed",
        /// The provider has no refresh tokens.
        NotRefreshable = "not_refreshable",
        /// The id_token that a client presented is not valid.
        InvalidIdToken = "invalid_id_token",
        /// The access token of `connect=` is not valid.
        InvalidConnectToken = "invalid_connect_token",
        /// The account is disabled.
        UserDisabled = "user_disabled",
        /// An email address is not verified.
        UserUnverified = "user_unverified",
        /// Sign-up is disabled.
        SignUpDisabled = "sign_up_disabled",
        /// The identity belongs to an account already.
        AlreadyLinked = "already_linked",
        /// There is no such user.
        UserUnknown = "user_unknown",
        /// A sign-up met an existing user.
        UserAlreadyExists = "user_already_exists",
        /// A requested role is not allowed.
        RoleNotAllowed = "role_not_allowed",
        /// The requested default role is not among the requested roles.
        DefaultRoleNotAllowed = "default_role_not_allowed",
        /// The ticket is unknown, used or expired.
        InvalidTicket = "invalid_ticket",
        /// The embedding app rejected the user.
        RejectedByApp = "rejected_by_app",
        /// Overload or an outage.
        Unavailable = "unavailable",
        /// A defect or a misconfiguration of this server.
        Internal = "internal",
    }
}

label! {
    /// Whose clients a sign-in is for.
    Dialect {
        /// Nhost's.
        Nhost = "nhost",
        /// Aufy's.
        Aufy = "aufy",
    }
}

impl Dialect {
    /// The dialect of the request that is being answered.
    #[must_use]
    pub fn current() -> Self {
        let current = Scope::current_dialect();
        Self::ALL.iter().copied().find(|dialect| Some(dialect.text()) == current).unwrap_or(Self::Nhost)
    }
}

label! {
    /// What is called at a provider.
    Endpoint {
        /// The metadata document.
        Discovery = "discovery",
        /// The keys of its id_tokens.
        Jwks = "jwks",
        /// Where authorization requests are pushed to.
        Par = "par",
        /// OAuth 1.0a: where temporary credentials are issued.
        RequestToken = "request_token",
        /// Where codes and refresh tokens are exchanged.
        Token = "token",
        /// The profile.
        Userinfo = "userinfo",
        /// The list of the user's emails.
        Emails = "emails",
        /// Where tokens are revoked.
        Revocation = "revocation",
    }
}

label! {
    /// Why a call to a provider failed.
    UpstreamError {
        /// It took too long.
        Timeout = "timeout",
        /// No address or no connection.
        Connect = "connect",
        /// No TLS connection.
        Tls = "tls",
        /// The answer broke off, is too long, or is not HTTP.
        Interrupted = "interrupted",
        /// The call is not allowed, or cannot be made.
        Refused = "refused",
        /// The status is 400 to 499.
        Status4xx = "status_4xx",
        /// The status is 500 or more.
        Status5xx = "status_5xx",
    }
}

impl UpstreamError {
    /// `None` for a status that is no error.
    #[must_use]
    pub fn of_status(status: u16) -> Option<Self> {
        match status {
            400..500 => Some(Self::Status4xx),
            500.. => Some(Self::Status5xx),
            ..400 => None,
        }
    }
}

/// The metrics that have a series for each provider.
#[derive(Debug)]
pub(super) struct ProviderFamilies {
    started: Counters,
    sign_ins: Counters,
    circuit_open: Gauges,
    upstream_duration: Histograms,
    upstream_errors: Counters,
}

impl ProviderFamilies {
    pub(super) fn new(registry: &mut Registry) -> Self {
        Self {
            started: register(
                registry,
                "sign_ins_started",
                "Browsers that were sent to a provider, to sign in, sign up or link",
                Counters::default(),
            ),
            sign_ins: register(
                registry,
                "sign_ins",
                "Sign-ins, sign-ups and links that ended, by outcome. A flow that may be tried again ends more than once",
                Counters::default(),
            ),
            circuit_open: register(
                registry,
                "provider_circuit_open",
                "1 while a provider is not called because it did not answer several times in a row",
                Gauges::default(),
            ),
            upstream_duration: register(
                registry,
                "upstream_request_duration_seconds",
                "Time of a call to a provider, whatever came of it",
                Histograms::new_with_constructor(remote_seconds),
            ),
            upstream_errors: register(
                registry,
                "upstream_errors",
                "Calls to a provider that failed, or were answered with an error status",
                Counters::default(),
            ),
        }
    }

    /// The metrics of one provider, all of which are exported from now on.
    pub(super) fn provider(&self, name: &str) -> ProviderMetrics {
        let provider = ("provider", name);
        let dialect = |dialect: Dialect| ("dialect", dialect.text());
        let endpoint = |endpoint: Endpoint| ("endpoint", endpoint.text());
        ProviderMetrics {
            started: ByLabel::new(|value| self.started.get_or_create_owned(&labels([provider, dialect(value)]))),
            sign_ins: ByLabel::new(|value| {
                ByLabel::new(|outcome: Outcome| {
                    let labels = labels([provider, dialect(value), ("outcome", outcome.text())]);
                    self.sign_ins.get_or_create_owned(&labels)
                })
            }),
            circuit_open: self.circuit_open.get_or_create_owned(&labels([provider])),
            upstream: Arc::new(UpstreamMetrics {
                duration: ByLabel::new(|value| {
                    self.upstream_duration.get_or_create_owned(&labels([provider, endpoint(value)]))
                }),
                errors: ByLabel::new(|value| {
                    ByLabel::new(|error: UpstreamError| {
                        let labels = labels([provider, endpoint(value), ("error", error.text())]);
                        self.upstream_errors.get_or_create_owned(&labels)
                    })
                }),
            }),
        }
    }
}

/// Sign-ins with one provider, and calls to it.
#[derive(Debug)]
pub struct ProviderMetrics {
    /// Browsers that were sent there.
    pub started: ByLabel<Dialect, Counter>,
    /// Sign-ins that ended.
    pub sign_ins: ByLabel<Dialect, ByLabel<Outcome, Counter>>,
    /// Whether its circuit breaker is open.
    pub circuit_open: Gauge,
    /// Calls to it.
    pub upstream: Arc<UpstreamMetrics>,
}

impl Default for ProviderMetrics {
    /// Metrics that are not exported.
    fn default() -> Self {
        ProviderFamilies::new(&mut Registry::default()).provider("")
    }
}

/// Calls to one provider.
#[derive(Debug)]
pub struct UpstreamMetrics {
    duration: ByLabel<Endpoint, Histogram>,
    errors: ByLabel<Endpoint, ByLabel<UpstreamError, Counter>>,
}

impl Default for UpstreamMetrics {
    /// Metrics that are not exported.
    fn default() -> Self {
        let (duration, errors) = (|_| remote_seconds(), |_| ByLabel::new(|_| Counter::default()));
        Self { duration: ByLabel::new(duration), errors: ByLabel::new(errors) }
    }
}

impl UpstreamMetrics {
    /// How many calls failed since the process started, by kind of error.
    #[cfg(feature = "pages")]
    pub fn errors(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let of_kind = |kind: &UpstreamError| self.errors.iter().map(|(_, by_kind)| by_kind.of(*kind).get()).sum();
        UpstreamError::ALL.iter().map(move |kind| (kind.text(), of_kind(kind)))
    }

    /// Records a call.
    pub fn record(&self, endpoint: Endpoint, duration: Duration, error: Option<UpstreamError>) {
        self.duration.of(endpoint).observe(duration.as_secs_f64());
        if let Some(error) = error {
            self.errors.of(endpoint).count(error);
        }
    }
}
