//! Middleware: a deadline for request bodies, `server.body_timeout`, shortened while connections are scarce.

use std::cell::RefCell;
use std::future::{self, Future, Ready};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::future::{Either, MapOk};
use futures_util::{Stream, TryFutureExt};
use tokio::time::{Sleep, sleep};

use super::open_connections::OpenConnections;
use crate::domain::clock::Stopwatch;

/// How long a body may take while connections are scarce.
const SCARCE_TIMEOUT: Duration = Duration::from_secs(1);

/// Applies the deadline to a scope. Extractors then fail with an error for which [`is_timeout`] is true.
#[derive(Clone, Copy, Debug)]
pub struct BodyTimeout(pub Duration);

/// Whether a body could not be read because its time was over.
#[must_use]
pub fn is_timeout(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut)
}

impl<S, B> Transform<S, ServiceRequest> for BodyTimeout
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, PayloadHolder>>;
    type Error = actix_web::Error;
    type Transform = BodyTimeoutService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        future::ready(Ok(BodyTimeoutService { service, timeout: self.0 }))
    }
}

type Held<B> = ServiceResponse<EitherBody<B, PayloadHolder>>;

/// The future of [`BodyTimeoutService`]: as it is for a request without a body, which most are.
type Answer<F, B> = Either<
    MapOk<F, fn(ServiceResponse<B>) -> Held<B>>,
    Pin<Box<dyn Future<Output = Result<Held<B>, actix_web::Error>>>>,
>;

/// The service of [`BodyTimeout`].
#[derive(Debug)]
pub struct BodyTimeoutService<S> {
    service: S,
    timeout: Duration,
}

impl<S, B> Service<ServiceRequest> for BodyTimeoutService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, PayloadHolder>>;
    type Error = actix_web::Error;
    type Future = Answer<S::Future, B>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let payload = match request.take_payload() {
            Payload::None => {
                let without_payload: fn(_) -> _ = ServiceResponse::map_into_left_body;
                return Either::Left(self.service.call(request).map_ok(without_payload));
            }
            payload => Rc::new(RefCell::new(payload)),
        };
        let timed = TimedPayload {
            payload: Rc::clone(&payload),
            stopwatch: Stopwatch::start(),
            timeout: self.timeout,
            tick: None,
            connections: request.app_data::<OpenConnections>().cloned(),
        };
        request.set_payload(Payload::Stream { payload: Box::pin(timed) });
        let response = self.service.call(request);
        Either::Right(Box::pin(async move {
            let hold = |body: B| EitherBody::right(PayloadHolder { body: body.boxed(), _payload: payload });
            Ok(response.await?.map_body(|_, body| hold(body)))
        }))
    }
}

/// A response body that keeps the request's payload alive. actix closes a connection whose payload is unread at the end
/// of the response; if the payload were dropped, it would read a chunked one to its end instead, however slow.
pub struct PayloadHolder {
    body: BoxBody,
    _payload: Rc<RefCell<Payload>>,
}

impl MessageBody for PayloadHolder {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}

/// A payload that fails at its deadline.
struct TimedPayload {
    payload: Rc<RefCell<Payload>>,
    stopwatch: Stopwatch,
    timeout: Duration,
    /// The timer, once the body has to be waited for. Most bodies are there already.
    tick: Option<Pin<Box<Sleep>>>,
    connections: Option<OpenConnections>,
}

impl TimedPayload {
    fn is_too_late(&self) -> bool {
        let elapsed = self.stopwatch.elapsed();
        let is_scarce = || self.connections.as_ref().is_some_and(OpenConnections::is_scarce);
        elapsed >= self.timeout || elapsed >= SCARCE_TIMEOUT && is_scarce()
    }

    /// Ready when the time is over.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while !self.is_too_late() {
            let remaining = self.timeout.saturating_sub(self.stopwatch.elapsed());
            let tick = self.tick.get_or_insert_with(|| Box::pin(sleep(remaining.min(SCARCE_TIMEOUT))));
            ready!(tick.as_mut().poll(context));
            self.tick = None;
        }
        Poll::Ready(())
    }
}

impl Stream for TimedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // First, because a client that sends byte by byte always has something to read.
        if !self.is_too_late() {
            let part = Pin::new(&mut *self.payload.borrow_mut()).poll_next(context);
            if part.is_ready() {
                return part;
            }
        }
        ready!(self.poll_deadline(context));
        let error = io::Error::new(io::ErrorKind::TimedOut, "the request body took too long");
        Poll::Ready(Some(Err(PayloadError::Io(error))))
    }
}
