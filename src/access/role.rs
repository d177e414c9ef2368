//! The middleware [`require_role`].

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};

use super::credential::authenticate;
use super::error::{AccessError, AccessRejection};

/// Lets only those users in whose access token names this role: 401 without a valid token, 403 without the role. The
/// token is read as for [`SignedIn`](super::SignedIn); a role that was taken away counts until the token expires.
///
/// ```
/// use actix_web::web;
/// use vouchsafe::{Vouchsafe, require_role};
///
/// fn admin(vouchsafe: &Vouchsafe) -> impl actix_web::dev::HttpServiceFactory + use<> {
///     web::scope("/reports").app_data(vouchsafe.clone()).wrap(require_role("admin"))
/// }
/// ```
#[must_use]
pub fn require_role(role: impl Into<String>) -> RequireRole {
    RequireRole { role: role.into() }
}

/// The middleware that [`require_role`] returns.
#[derive(Clone, Debug)]
pub struct RequireRole {
    role: String,
}

impl<S, B> Transform<S, ServiceRequest> for RequireRole
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Transform = RequireRoleService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RequireRoleService { service, role: self.role.as_str().into() }))
    }
}

/// The service of [`RequireRole`].
#[derive(Debug)]
pub struct RequireRoleService<S> {
    service: S,
    role: Rc<str>,
}

impl<S, B> Service<ServiceRequest> for RequireRoleService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B, BoxBody>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let refused = match authenticate(request.request()) {
            Ok(signed_in) if signed_in.has_role(&self.role) => None,
            Ok(_) => Some(AccessError::RoleMissing(self.role.to_string())),
            Err(error) => Some(error),
        };
        if let Some(error) = refused {
            let rejection = AccessRejection::new(error, request.request());
            let response = request.error_response(rejection).map_into_right_body();
            return Box::pin(ready(Ok(response)));
        }
        let response = self.service.call(request);
        Box::pin(async move { Ok(response.await?.map_into_left_body()) })
    }
}
