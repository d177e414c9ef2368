//! Middleware: gives each request an id, under which all its log lines are found, and logs the request if that is asked
//! for. In each scope it is the outermost but for what gives the request its state.

use std::cell::Cell;
use std::future::{Future, Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web;
use ipnet::IpNet;

use super::extract::ClientIp;
use super::extract::rejection::http_state;
use super::state::HttpState;
use crate::domain::client_address::ClientAddressPolicy;
use crate::domain::clock::Timestamp;
use crate::domain::log::{self, InScope, Scope};
use crate::domain::request_id::{RequestId, TraceId};

/// The header of the id, taken from trusted proxies and echoed.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The module of access lines, for filters.
const ACCESS: &str = "vouchsafe::access";

/// What is logged of requests.
#[derive(Clone, Copy, Debug)]
pub struct RequestLog {
    /// Whether each request is logged.
    pub is_on: bool,
    /// How much of a client's address is logged.
    pub client_ip: ClientAddressPolicy,
}

/// The middleware.
#[derive(Clone, Copy, Debug)]
pub struct RequestScope {
    dialect: Option<&'static str>,
    first_id: u64,
}

impl RequestScope {
    /// The middleware of a scope with routes of this dialect.
    #[must_use]
    pub fn new(http: &HttpState, dialect: Option<&'static str>) -> Self {
        Self { dialect, first_id: u64::from_be_bytes(http.random.bytes()) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequestScope
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Transform = RequestScopeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let next_id = Cell::new(self.first_id);
        ready(Ok(RequestScopeService { service, dialect: self.dialect, next_id }))
    }
}

/// The service of [`RequestScope`].
#[derive(Debug)]
pub struct RequestScopeService<S> {
    service: S,
    dialect: Option<&'static str>,
    next_id: Cell<u64>,
}

impl<S> RequestScopeService<S> {
    /// The ids of a worker differ, and do not tell how many there were.
    fn made_id(&self) -> RequestId {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.next_id.set(self.next_id.get().wrapping_add(ODD));
        RequestId::Made(self.next_id.get())
    }

    /// Reads what the proxy says of a request, if the peer is one that is trusted.
    fn ids(&self, request: &ServiceRequest, proxies: &[IpNet]) -> (RequestId, Option<TraceId>) {
        if proxies.is_empty() || !request.peer_addr().is_some_and(|peer| is_trusted(peer.ip(), proxies)) {
            return (self.made_id(), None);
        }
        let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let id = text(REQUEST_ID.as_str()).and_then(RequestId::given).unwrap_or_else(|| self.made_id());
        (id, text("traceparent").and_then(TraceId::of_traceparent))
    }
}

fn is_trusted(peer: IpAddr, proxies: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    proxies.iter().any(|network| network.contains(&peer))
}

impl<S, B> Service<ServiceRequest> for RequestScopeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Answer<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let http = http_state(request.request()).ok();
        let (id, trace) = self.ids(&request, http.map_or(&[], |http| &http.trusted_proxies));
        let logged = http.filter(|http| http.request_log.is_on);
        let access = logged.map(|http| Access { began_at: http.clock.now(), http: http.clone() });
        let scope = Scope::new(id.clone(), trace, self.dialect);
        Answer { answer: scope.enter(self.service.call(request)), id, access }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`RequestScopeService`].
    #[derive(Debug)]
    pub struct Answer<F> {
        #[pin]
        answer: InScope<F>,
        id: RequestId,
        access: Option<Access>,
    }
}

impl<F, B> Future for Answer<F>
where
    F: Future<Output = Result<ServiceResponse<B>, actix_web::Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (answer, scope) = ready!(this.answer.poll_with_scope(context));
        let mut response = answer?;
        if let Some(access) = this.access {
            scope.run(|| access.write(&response));
        }
        if let Ok(value) = HeaderValue::from_str(&this.id.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Poll::Ready(Ok(response))
    }
}

/// What the line of a request needs.
#[derive(Debug)]
struct Access {
    began_at: Timestamp,
    http: web::Data<HttpState>,
}

impl Access {
    fn write<B>(&self, response: &ServiceResponse<B>) {
        let request = response.request();
        let client = ClientIp::of(request).ok().and_then(|ip| self.http.request_log.client_ip.apply(ip.0));
        // Never the path itself, which a client chooses; its pattern names the route.
        let route = request.match_pattern();
        let (method, status) = (request.method().as_str(), response.status().as_u16());
        let ms = u64::try_from(self.http.clock.now().since(self.began_at).as_millis()).unwrap_or(u64::MAX);
        log::info!(target: ACCESS, method, route, status, ms, client; "request");
    }
}
