//! Middleware: gives a browser that navigates an error as a page. Everybody else gets the JSON of the dialect.
//!
//! Handlers know nothing of it, and a response without an error costs one comparison.

use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderMap, HeaderValue, REFERRER_POLICY, VARY};
use actix_web::{Error, HttpRequest, ResponseError};
use pin_project_lite::pin_project;

use super::extract::rejection::http_state;
use super::negotiation::prefers_page;
use super::pages::error_page::ErrorPage;
use super::state::HttpState;

/// An error of a dialect, which a person can read about.
pub trait PageError: ResponseError + 'static {
    /// What the page says.
    fn page<'a>(&'a self, http: &'a HttpState, request: &'a HttpRequest) -> ErrorPage<'a>;
}

/// The middleware of a scope whose errors are an `E`.
#[derive(Debug)]
pub struct ErrorPages<E>(PhantomData<fn() -> E>);

impl<E> ErrorPages<E> {
    /// The middleware; outside of everything that answers with an error.
    #[must_use]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> Default for ErrorPages<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, B, E> Transform<S, ServiceRequest> for ErrorPages<E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
    E: PageError,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = ErrorPagesService<S, E>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ErrorPagesService { service, error: PhantomData }))
    }
}

/// The service of [`ErrorPages`].
#[derive(Debug)]
pub struct ErrorPagesService<S, E> {
    service: S,
    error: PhantomData<fn() -> E>,
}

impl<S, B, E> Service<ServiceRequest> for ErrorPagesService<S, E>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
    E: PageError,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answer<S::Future, E>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        Answer { answer: self.service.call(request), error: PhantomData }
    }
}

pin_project! {
    /// The future of [`ErrorPagesService`].
    #[derive(Debug)]
    pub struct Answer<F, E> {
        #[pin]
        answer: F,
        error: PhantomData<fn() -> E>,
    }
}

impl<F, B, E> Future for Answer<F, E>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
    E: PageError,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().answer.poll(context))?;
        let is_error = response.status().is_client_error() || response.status().is_server_error();
        Poll::Ready(Ok(if is_error { as_page::<B, E>(response) } else { response.map_into_left_body() }))
    }
}

/// The page instead of the body, if the browser wants one; status and other headers stay.
fn as_page<B: MessageBody, E: PageError>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let Some(error) = response.response().error().and_then(|error| error.as_error::<E>()) else {
        return response.map_into_left_body();
    };
    let request = response.request();
    let page = match http_state(request) {
        Ok(http) if prefers_page(request) => Some(error.page(http, request).into_response()),
        _ => None,
    };
    let Some(page) = page else {
        let mut response = response.map_into_left_body();
        vary(response.headers_mut(), "Accept");
        return response;
    };
    let (page, body) = page.into_parts();
    response.map_body(|head, _| {
        // The page has no form, so its URL, which may hold a code, goes nowhere.
        for (name, value) in page.headers().iter().filter(|(name, _)| ![VARY, REFERRER_POLICY].contains(name)) {
            head.headers_mut().insert(name.clone(), value.clone());
        }
        vary(head.headers_mut(), "Accept, Accept-Language");
        EitherBody::right(body)
    })
}

fn vary(headers: &mut HeaderMap, by: &'static str) {
    headers.append(VARY, HeaderValue::from_static(by));
}
