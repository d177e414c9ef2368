//! Requests to our routes.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::label::{ByLabel, Label as _, label};
use super::registry::{Counters, counters, histograms, labels, local_seconds, register};

label! {
    /// A family of routes. A path of its own for each provider would be a series for whatever a client writes there.
    Route {
        /// Starts of sign-ins and links.
        Start = "start",
        /// Callbacks of providers.
        Callback = "callback",
        /// Whatever takes or gives a token, code or ticket.
        Token = "token",
        /// Users, sessions, pages.
        Other = "other",
        /// The routes for operators below `/admin`.
        Admin = "admin",
        /// Health, keys, version.
        Operations = "operations",
        /// Paths that no route has.
        Unmatched = "unmatched",
    }
}

label! {
    /// The method of a request.
    Method {
        /// `GET`
        Get = "GET",
        /// `POST`
        Post = "POST",
        /// `DELETE`
        Delete = "DELETE",
        /// All others.
        Other = "other",
    }
}

impl Method {
    fn of(method: &str) -> Self {
        match method {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            _ => Self::Other,
        }
    }
}

label! {
    /// The class of a status code.
    StatusClass {
        /// Below 300.
        Success = "2xx",
        /// 300 to 399.
        Redirect = "3xx",
        /// 400 to 499.
        ClientError = "4xx",
        /// From 500.
        ServerError = "5xx",
    }
}

impl StatusClass {
    fn of(status: u16) -> Self {
        match status {
            ..300 => Self::Success,
            300..400 => Self::Redirect,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

/// Requests to our routes.
#[derive(Debug)]
pub struct HttpMetrics {
    requests: ByLabel<Route, ByLabel<Method, ByLabel<StatusClass, Counter>>>,
    duration: ByLabel<Route, Histogram>,
    /// Requests over a client's budget.
    pub rate_limited: ByLabel<Route, Counter>,
}

impl HttpMetrics {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let requests = register(
            registry,
            "http_requests",
            "Requests that were answered, by family of routes, method and class of status. CORS preflights are not counted",
            Counters::default(),
        );
        let series = |route: Route, method: Method, status: StatusClass| {
            labels([("route", route.text()), ("method", method.text()), ("status", status.text())])
        };
        let requests = ByLabel::new(|route| {
            ByLabel::new(|method| ByLabel::new(|status| requests.get_or_create_owned(&series(route, method, status))))
        });
        let duration = histograms(
            registry,
            "http_request_duration_seconds",
            "Time from the head of a request to the head of its response",
            "route",
            local_seconds,
        );
        let rate_limited = counters(
            registry,
            "rate_limited_requests",
            "Requests that were refused because the client's budget for these routes was used up",
            "route",
        );
        Self { requests, duration, rate_limited }
    }

    /// Records a request that was answered.
    pub fn record(&self, route: Route, method: &str, status: u16, duration: Duration) {
        self.requests.of(route).of(Method::of(method)).count(StatusClass::of(status));
        self.duration.of(route).observe(duration.as_secs_f64());
    }
}
