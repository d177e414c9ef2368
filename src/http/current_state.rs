//! Gives a request the state as it is when the request arrives, for as long as it takes: a reload replaces the state of
//! later requests.

use std::fmt;
use std::rc::Rc;

use actix_web::dev::{Extensions, ServiceRequest};
use actix_web::http::header::HeaderValue;
use actix_web::web;

use super::state::HttpState;

/// What handlers extract as `web::Data`.
#[derive(Clone, Debug)]
pub struct RequestData(Rc<Extensions>);

impl RequestData {
    /// The state that all handlers use.
    #[must_use]
    pub fn new(http: web::Data<HttpState>) -> Self {
        let mut data = Extensions::new();
        data.insert(http);
        Self(Rc::new(data))
    }

    /// The same with more, such as the state of a dialect.
    #[must_use]
    pub fn with<T: 'static>(mut self, more: Option<web::Data<T>>) -> Self {
        if let (Some(more), Some(data)) = (more, Rc::get_mut(&mut self.0)) {
            data.insert(more);
        }
        self
    }
}

/// Where the current state comes from. Cheap to clone.
#[derive(Clone)]
pub struct CurrentState(Rc<dyn Fn() -> RequestData>);

impl fmt::Debug for CurrentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentState").finish_non_exhaustive()
    }
}

impl CurrentState {
    /// `current` is asked once for each request.
    #[must_use]
    pub fn new(current: impl Fn() -> RequestData + 'static) -> Self {
        Self(Rc::new(current))
    }

    /// What is current now, for a middleware that knows no request.
    #[must_use]
    pub fn get<T: 'static>(&self) -> Option<web::Data<T>> {
        (self.0)().0.get().cloned()
    }

    /// Whether pages of this origin may read answers to requests with credentials.
    #[must_use]
    pub fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let http = self.get::<HttpState>();
        origin.to_str().is_ok_and(|origin| http.is_some_and(|http| http.cors_origins.allows(origin)))
    }

    /// The request with the state that its handler extracts. To be called by the outermost middleware of a scope.
    #[must_use]
    pub fn attach(&self, mut request: ServiceRequest) -> ServiceRequest {
        // What scopes do for their `app_data`; there is no other way to choose it for each request.
        request.add_data_container((self.0)().0);
        request
    }
}
