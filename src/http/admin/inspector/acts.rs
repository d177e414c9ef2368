//! What operators do to users, posted by forms of the user's page. Each is recorded as the JSON route's would be.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::user_page::user_id;
use super::viewer::Act;
use crate::domain::id::{SessionId, UserId};
use crate::http::admin::errors::Problem;
use crate::http::state::HttpState;
use crate::user::admin::{EndSessions, SetDisabled, VerifyEmail};

type Answer = Result<HttpResponse, Problem>;
type State = web::Data<HttpState>;

/// What was done, as the next page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Disabled,
    Enabled,
    Verified,
    SignedOut,
    SessionEnded,
}

impl Done {
    const ALL: [Self; 5] = [Self::Disabled, Self::Enabled, Self::Verified, Self::SignedOut, Self::SessionEnded];

    fn name(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Verified => "verified",
            Self::SignedOut => "signed-out",
            Self::SessionEnded => "session-ended",
        }
    }

    /// The one with this name.
    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.name() == name)
    }

    /// In words.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Disabled => "The user is disabled, and all sessions have ended.",
            Self::Enabled => "The user is enabled.",
            Self::Verified => "The address is proven.",
            Self::SignedOut => "All sessions have ended.",
            Self::SessionEnded => "The session has ended.",
        }
    }
}

/// Back to the user's page.
fn back(http: &HttpState, user: UserId, done: Done) -> Answer {
    let target = format!("{}/inspector/users/{user}?done={}", http.inspector.path, done.name());
    Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, target)).finish())
}

/// `POST /admin/inspector/users/{id}/disable`
pub(super) async fn disable(act: Act, http: State, id: web::Path<String>) -> Answer {
    let user = user_id(&id)?;
    http.users.send(SetDisabled { by: act.operator, user, is_disabled: true }).await??;
    back(&http, user, Done::Disabled)
}

/// `POST /admin/inspector/users/{id}/enable`
pub(super) async fn enable(act: Act, http: State, id: web::Path<String>) -> Answer {
    let user = user_id(&id)?;
    http.users.send(SetDisabled { by: act.operator, user, is_disabled: false }).await??;
    back(&http, user, Done::Enabled)
}

/// `POST /admin/inspector/users/{id}/verify-email`: of the address that the page showed.
pub(super) async fn verify_email(act: Act, http: State, id: web::Path<String>) -> Answer {
    let user = user_id(&id)?;
    let email = act.email.ok_or_else(|| Problem::bad_request("the form names no address"))?;
    http.users.send(VerifyEmail { by: act.operator, user, email }).await??;
    back(&http, user, Done::Verified)
}

/// `POST /admin/inspector/users/{id}/sign-out`: ends all sessions.
pub(super) async fn sign_out(act: Act, http: State, id: web::Path<String>) -> Answer {
    let user = user_id(&id)?;
    http.users.send(EndSessions { by: act.operator, user, session: None }).await??;
    back(&http, user, Done::SignedOut)
}

/// `POST /admin/inspector/users/{id}/sessions/{session}/end`
pub(super) async fn end_session(act: Act, http: State, path: web::Path<(String, String)>) -> Answer {
    let user = user_id(&path.0)?;
    let session = Uuid::try_parse(&path.1).map(SessionId);
    let session = session.map_err(|_| Problem::bad_request("the id of a session is a UUID"))?;
    http.users.send(EndSessions { by: act.operator, user, session: Some(session) }).await??;
    back(&http, user, Done::SessionEnded)
}
