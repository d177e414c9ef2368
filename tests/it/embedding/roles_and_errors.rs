//! Why the host's routes refuse a user, and how.

use actix_web::{HttpResponse, ResponseError, web};
use vouchsafe::{AccessError, AccessErrorHandler, require_role};

use super::{Host, assert_refused, me};
use crate::support::app::access_token;
use crate::support::browser::Browser;

#[actix_web::test]
async fn required_role_is_one_of_the_token() {
    let host = Host::new("sign_up.allowed_roles = ['user', 'me', 'admin']").await;
    let session = host.node.session(&mut Browser::new(), "github", "mira").await;
    let admin = access_token(&session);
    assert_eq!(host.get("admin/me", admin).await.json()["user"], session["user"]["id"]);
    assert_refused(&Browser::new().get(&host.url("admin/me")).await, 401, "no-token");
    assert_refused(&host.get("admin/me", "junk").await, 401, "invalid-token");
    host.app.wait(900);
    assert_refused(&host.get("admin/me", admin).await, 401, "expired-token");

    let host = Host::new("").await;
    let session = host.node.session(&mut Browser::new(), "github", "mira").await;
    let refused = host.get("admin/me", access_token(&session)).await;
    assert_refused(&refused, 403, "role-missing");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"insufficient_scope\""));
}

#[actix_web::test]
async fn each_reason_has_its_status_and_code() {
    let host = Host::new("").await;
    let (mut first, mut second) = (Browser::new(), Browser::new());
    let [one, two] =
        [host.node.session(&mut first, "github", "mira").await, host.node.session(&mut second, "github", "mira").await];
    let [one, two] = [access_token(&one), access_token(&two)];
    let signed_in = host.vouchsafe.verify(one).expect("valid");
    let session = signed_in.session_id.expect("a session");
    assert!(host.vouchsafe.end_session(signed_in.user_id, session).await.expect("ended"));
    assert!(!host.vouchsafe.end_session(signed_in.user_id, session).await.expect("read"));
    assert_refused(&host.get("profile", one).await, 401, "session-ended");
    assert_eq!((host.get("me", one).await.status, host.get("profile", two).await.status), (200, 200));
    assert_eq!(host.get("outcome", one).await.text(), "session-ended");

    host.app.execute("UPDATE users SET disabled = TRUE").await;
    assert_refused(&host.get("profile", two).await, 403, "user-disabled");
    host.app.execute("UPDATE users SET disabled = FALSE").await;
    assert_eq!(host.vouchsafe.sign_out(signed_in.user_id).await.expect("ended"), 1);
    assert_refused(&host.get("profile", two).await, 401, "session-ended");
    assert!(host.vouchsafe.erase(signed_in.user_id).await.expect("erased"));
    assert_refused(&host.get("profile", two).await, 401, "session-ended");
    assert!(host.vouchsafe.look_up(signed_in).await == Err(AccessError::SessionEnded));

    host.app.wait(899);
    assert_eq!(host.get("me", two).await.status, 200);
    host.app.wait(1);
    for route in ["me", "profile"] {
        assert_refused(&host.get(route, two).await, 401, "expired-token");
    }
    assert_eq!(host.vouchsafe.verify(two), Err(AccessError::ExpiredToken));
    assert_eq!(host.vouchsafe.verify("junk"), Err(AccessError::InvalidToken));
    // A browser that has dropped the expired cookie still has the other one.
    let mut browser = Browser::new();
    host.node.enter(&mut browser, "github", "mira").await;
    assert_refused(&browser.get(&host.url("me")).await, 401, "expired-token");

    let forgotten = Browser::new().get_as(&format!("{}/forgotten/me", host.origin), two).await;
    assert_refused(&forgotten, 500, "internal-error");
}

#[actix_web::test]
async fn app_answers_refusals_in_its_own_way() {
    fn refuse(error: &AccessError) -> HttpResponse {
        HttpResponse::build(error.status_code()).body(format!("the host says {}", error.code()))
    }
    let host = Host::new("").await;
    let session = host.node.session(&mut Browser::new(), "github", "mira").await;
    let other = host.other_app(|config, vouchsafe| {
        let scope = web::scope("").app_data(vouchsafe.clone()).app_data(AccessErrorHandler(refuse));
        let admin = web::scope("/admin").wrap(require_role("admin")).route("/me", web::get().to(me));
        config.service(scope.route("/me", web::get().to(me)).service(admin));
    });
    for (route, token, status, text) in [
        ("me", "junk", 401, "the host says invalid-token"),
        ("admin/me", access_token(&session), 403, "the host says role-missing"),
    ] {
        let response = Browser::new().get_as(&format!("{}/{route}", other.base), token).await;
        assert_eq!((response.status, response.text().as_str()), (status, text));
    }
}
