//! Who looks at the pages, and who may act there.

use std::future::{Ready, ready};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use serde::Deserialize;

use super::error_page::as_page;
use super::session::Session;
use crate::domain::audit::Actor;
use crate::domain::origin::Origin;
use crate::domain::secret::Secret;
use crate::http::admin::errors::Problem;
use crate::http::extract::rejection::http_state;
use crate::http::extract::{ClientIp, Form, Rejection};
use crate::http::state::HttpState;
use crate::user::admin::Operator;

/// Whoever looks at a page: an operator who is signed in, or in development mode whoever is at this machine.
#[derive(Clone)]
pub(super) struct Viewer {
    /// The name of the operator's token.
    pub(super) name: Arc<str>,
    client_ip: Option<IpAddr>,
    /// `None` in development mode without a token.
    session: Option<Session>,
}

impl Viewer {
    fn of(http: &HttpState, request: &HttpRequest) -> Result<Option<Self>, Problem> {
        let ClientIp(client_ip) = ClientIp::of(request)?;
        if !http.admin_tokens.is_empty() {
            let session = Session::of(http, request);
            let name = session.as_ref().and_then(|session| session.operator(http));
            return Ok(name.map(|name| Self { name, client_ip, session }));
        }
        if client_ip.is_some_and(|ip| ip.is_loopback()) {
            return Ok(Some(Self { name: "development".into(), client_ip, session: None }));
        }
        let detail = "without a token in admin.token_file, development mode shows this page on this machine only";
        Err(Problem::new(StatusCode::FORBIDDEN, detail))
    }

    /// The session; `None` if the pages are open, and only show.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Whether a page that was opened a while ago may go on to show something.
    pub(super) fn may_look(&self, http: &HttpState) -> bool {
        match &self.session {
            Some(session) => session.operator(http).is_some(),
            None => http.admin_tokens.is_empty() && http.is_development,
        }
    }
}

/// Middleware: finds out who looks, and turns errors into pages. Without a token in the settings there is nothing here,
/// except in development mode.
pub(super) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let http = http_state(request.request()).map_err(Problem::from)?.clone();
    if http.admin_tokens.is_empty() && !http.is_development {
        return Ok(ServiceResponse::from_err(Problem::from(Rejection::NotFound), request.into_parts().0));
    }
    let response = match Viewer::of(&http, request.request()) {
        Ok(viewer) => {
            if let Some(viewer) = viewer {
                request.extensions_mut().insert(viewer);
            }
            next.call(request).await?.map_into_boxed_body()
        }
        Err(problem) => ServiceResponse::from_err(problem, request.into_parts().0),
    };
    Ok(as_page(&http, response))
}

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(viewer(request))
    }
}

fn viewer(request: &HttpRequest) -> Result<Viewer, Problem> {
    request.extensions().get::<Viewer>().cloned().ok_or_else(Problem::unauthorized)
}

/// What the form of an act sends.
#[derive(Deserialize)]
struct ActForm {
    token: Option<Secret>,
    email: Option<String>,
}

/// An act of an operator: posted by a page of ours, in the session to which the page was shown.
pub(super) struct Act {
    /// Who acts.
    pub(super) operator: Operator,
    /// The session in which it was posted.
    pub(super) session: Session,
    /// The address that the act names.
    pub(super) email: Option<String>,
}

impl FromRequest for Act {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = require_own_page(request).and_then(|()| viewer(request));
        let form = Form::<ActForm>::from_request(request, payload);
        Box::pin(async move {
            let Viewer { name, client_ip, session } = admitted?;
            let detail = "the inspector only shows until there is a token in admin.token_file";
            let session = session.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, detail))?;
            let Form(ActForm { token, email }) = form.await?;
            if token != Some(session.form_token()) {
                return Err(not_our_page().into());
            }
            let operator = Operator { actor: Actor::Admin(name.as_ref().to_owned()), client_ip };
            Ok(Self { operator, session, email })
        })
    }
}

fn not_our_page() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "only a page of this inspector, in the same session, may send this form")
}

/// Refuses a form that was not posted by a page of ours.
///
/// # Errors
/// A [`Problem`].
pub(super) fn require_own_page(request: &HttpRequest) -> Result<(), Problem> {
    let http = http_state(request)?;
    if is_own_page(http, request.headers()) { Ok(()) } else { Err(not_our_page()) }
}

/// Whether the browser says that a page of ours sent the request. Browsers send one of the two headers at least.
fn is_own_page(http: &HttpState, headers: &HeaderMap) -> bool {
    let is_own = |origin: &str| {
        let origin = origin.parse::<Origin>().ok();
        // In development a page may be open as localhost and as 127.0.0.1.
        let host = headers.get(HOST).and_then(|host| format!("http://{}", host.to_str().ok()?).parse().ok());
        origin.is_some() && (origin == http.public_origin || http.is_development && origin == host)
    };
    let mut origins = headers.get_all(ORIGIN);
    let site = headers.get("sec-fetch-site");
    match (origins.next(), origins.next()) {
        (Some(origin), None) => origin.to_str().is_ok_and(is_own) && site.is_none_or(|site| site == "same-origin"),
        (None, _) => site.is_some_and(|site| site == "same-origin"),
        (Some(_), Some(_)) => false,
    }
}
