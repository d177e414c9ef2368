//! Admits requests with an operator's token, and registers handlers that prove to need one.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{AppService, HttpServiceFactory, Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, Handler, HttpMessage, HttpRequest, Resource, Responder, web};

use super::errors::Problem;
use crate::domain::audit::Actor;
use crate::http::extract::bearer::bearer_token;
use crate::http::extract::rejection::http_state;
use crate::http::extract::{ClientIp, Rejection};
use crate::http::routing;
use crate::user::admin::Operator;

/// An operator whose token was accepted. Made by [`require_token`] alone.
#[derive(Clone, Debug)]
pub(super) struct AdminPrincipal(Operator);

impl AdminPrincipal {
    /// Who acts, for the audit trail.
    pub(super) fn operator(&self) -> Operator {
        self.0.clone()
    }
}

/// Middleware: refuses every request without a token of `admin.token_file`. A missing token and a wrong one get the same
/// answer.
pub(super) async fn require_token(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let tokens = &http_state(request.request()).map_err(Problem::from)?.admin_tokens;
    if tokens.is_empty() {
        return Ok(ServiceResponse::from_err(Problem::from(Rejection::NotFound), request.into_parts().0));
    }
    let presented = bearer_token(request.request());
    let Some(name) = presented.and_then(|token| tokens.name_of(token.expose())) else {
        return Ok(ServiceResponse::from_err(Problem::unauthorized(), request.into_parts().0));
    };
    let ClientIp(client_ip) = ClientIp::of(request.request()).map_err(Problem::from)?;
    let operator = Operator { actor: Actor::Admin(name.as_ref().to_owned()), client_ip };
    request.extensions_mut().insert(AdminPrincipal(operator));
    Ok(next.call(request).await?.map_into_boxed_body())
}

impl FromRequest for AdminPrincipal {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| Rejection::Internal.into()))
    }
}

/// Arguments of a handler that begin with an [`AdminPrincipal`].
pub(super) trait BeginsWithPrincipal {}

impl BeginsWithPrincipal for (AdminPrincipal,) {}
impl<A> BeginsWithPrincipal for (AdminPrincipal, A) {}
impl<A, B> BeginsWithPrincipal for (AdminPrincipal, A, B) {}
impl<A, B, C> BeginsWithPrincipal for (AdminPrincipal, A, B, C) {}
impl<A, B, C, D> BeginsWithPrincipal for (AdminPrincipal, A, B, C, D) {}

/// A resource that takes only handlers whose first argument is an [`AdminPrincipal`].
pub(super) struct AdminResource(Resource);

/// A resource that answers 405 to methods without a handler.
pub(super) fn resource(path: &str) -> AdminResource {
    AdminResource(routing::resource(path))
}

macro_rules! methods {
    ($($method:ident)*) => {
        $(
            #[doc = concat!("Adds the handler of `", stringify!($method), "`.")]
            pub(super) fn $method<H, A>(self, handler: H) -> Self
            where
                H: Handler<A>,
                A: FromRequest + BeginsWithPrincipal + 'static,
                H::Output: Responder + 'static,
            {
                Self(self.0.route(web::$method().to(handler)))
            }
        )*
    };
}

impl AdminResource {
    methods! { get post put delete }
}

impl HttpServiceFactory for AdminResource {
    fn register(self, config: &mut AppService) {
        self.0.register(config);
    }
}
