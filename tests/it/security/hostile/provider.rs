//! The hostile provider: one server for all rows, with an issuer of its own for each. It sends what a row says, and counts
//! who asks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;

use crate::support::app::{listen, serve};

/// What an endpoint sends.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub location: Option<String>,
    pub body: Vec<u8>,
    /// Whether the connection breaks after the body, which is announced to be longer.
    pub is_broken_off: bool,
}

impl Reply {
    pub fn json(body: impl ToString) -> Self {
        Self::of(200, "application/json", body)
    }

    pub fn of(status: u16, content_type: &'static str, body: impl ToString) -> Self {
        Self { status, content_type, location: None, body: body.to_string().into_bytes(), is_broken_off: false }
    }
}

/// The requests to the endpoints of one row.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// How many came to each endpoint.
    pub hits: BTreeMap<String, u32>,
    /// The bodies that came to the token endpoint.
    pub token_bodies: Vec<String>,
}

#[derive(Default)]
struct State {
    replies: BTreeMap<(String, String), Reply>,
    requests: BTreeMap<String, Requests>,
}

pub struct HostileProvider {
    pub origin: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Drop for HostileProvider {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

impl HostileProvider {
    pub fn new() -> Self {
        let (listener, origin) = listen();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let handle = serve(listener, 1, move || {
            let shared = Arc::clone(&shared);
            move |config: &mut web::ServiceConfig| {
                let answer = move |request: HttpRequest, body: web::Bytes| {
                    let response = answer(&shared, request.path(), &body);
                    async move { response }
                };
                config.default_service(web::to(answer));
            }
        });
        Self { origin, state, handle }
    }

    /// Has an endpoint of a row send this from now on.
    pub fn set(&self, row: &str, endpoint: &str, reply: Reply) {
        self.state.lock().expect("not poisoned").replies.insert((row.to_owned(), endpoint.to_owned()), reply);
    }

    pub fn requests(&self, row: &str) -> Requests {
        self.state.lock().expect("not poisoned").requests.get(row).cloned().unwrap_or_default()
    }
}

/// The path is `/{row}/{endpoint}`.
fn answer(state: &Mutex<State>, path: &str, body: &[u8]) -> HttpResponse {
    let (row, endpoint) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let mut state = state.lock().expect("not poisoned");
    let requests = state.requests.entry(row.to_owned()).or_default();
    *requests.hits.entry(endpoint.to_owned()).or_default() += 1;
    if endpoint == "token" {
        requests.token_bodies.push(String::from_utf8_lossy(body).into_owned());
    }
    let Some(reply) = state.replies.get(&(row.to_owned(), endpoint.to_owned())).cloned() else {
        return HttpResponse::NotFound().finish();
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(reply.status).expect("a status"));
    response.content_type(reply.content_type);
    if let Some(location) = reply.location {
        response.insert_header(("Location", location));
    }
    if !reply.is_broken_off {
        return response.body(reply.body);
    }
    let parts = [Ok(web::Bytes::from(reply.body)), Err(std::io::Error::other("broken off"))];
    response.streaming(stream::iter(parts))
}
