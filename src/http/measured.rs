//! Middleware: counts and measures the requests of a resource.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use pin_project_lite::pin_project;

use super::extract::rejection::http_state;
use crate::domain::clock::Stopwatch;
use crate::metrics::{Metrics, Route};

/// Measures requests of this family. A request costs no allocation.
#[derive(Clone, Copy, Debug)]
pub struct Measured(pub Route);

impl<S, B> Transform<S, ServiceRequest> for Measured
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = MeasuredService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(MeasuredService { service, route: self.0 }))
    }
}

/// The service of [`Measured`].
#[derive(Debug)]
pub struct MeasuredService<S> {
    service: S,
    route: Route,
}

impl<S, B> Service<ServiceRequest> for MeasuredService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Answer<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let metrics = http_state(request.request()).ok().map(|http| Arc::clone(&http.metrics));
        // A known method is copied without an allocation.
        let (method, stopwatch) = (request.method().clone(), Stopwatch::start());
        Answer { answer: self.service.call(request), metrics, route: self.route, method, stopwatch }
    }
}

pin_project! {
    /// The future of [`MeasuredService`].
    #[derive(Debug)]
    pub struct Answer<F> {
        #[pin]
        answer: F,
        metrics: Option<Arc<Metrics>>,
        route: Route,
        method: Method,
        stopwatch: Stopwatch,
    }
}

impl<F, B> Future for Answer<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.answer.poll(context));
        if let Some(metrics) = this.metrics {
            let status = match &result {
                Ok(response) => response.status(),
                Err(error) => error.as_response_error().status_code(),
            };
            metrics.http.record(*this.route, this.method.as_str(), status.as_u16(), this.stopwatch.elapsed());
        }
        Poll::Ready(result)
    }
}
