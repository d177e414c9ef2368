//! What the host reads of its users, from a handler and from outside, on both databases.

use serde_json::json;

use super::Host;
use crate::support::app::{Database, TestApp, access_token};
use crate::support::browser::Browser;

#[actix_web::test]
async fn host_reads_users_identities_and_sessions() {
    for database in Database::ALL {
        let Some(app) = TestApp::on(database) else { continue };
        let host = Host::with(app, "").await;
        let session = host.node.session(&mut Browser::new(), "github", "mira").await;
        let subject = host.app.text("SELECT subject FROM identities").await.expect("an identity");
        let seen = host.get("account", access_token(&session)).await;
        let expected = json!({
            "email": "mira@example.org", "roles": ["me", "user"], "disabled": false,
            "identities": [["github", subject]], "sessions": [session["refreshTokenId"]],
        });
        assert_eq!(seen.json(), expected, "{database:?}");
        assert_eq!(host.get("profile", access_token(&session)).await.status, 200);

        let user = host.vouchsafe.verify(access_token(&session)).expect("valid").user_id;
        let found = host.vouchsafe.user(user).await.expect("read").expect("a user");
        assert!(found.has_role("me") && found.email_verified && !found.has_role("admin"), "{found:?}");
        let other = vouchsafe::UserId(uuid::Uuid::from_u128(1));
        assert_eq!(host.vouchsafe.user(other).await.expect("read"), None);
        assert_eq!(host.vouchsafe.sign_out(other).await.expect("read"), 0);
        assert_eq!(host.vouchsafe.sign_out(user).await.expect("ended"), 1);
        assert!(host.vouchsafe.sessions(user).await.expect("read").is_empty());
        let audit = "SELECT COUNT(*) FROM audit_events WHERE action = 'sign-out' AND actor IS NULL";
        assert_eq!(host.app.query(audit).await, 1);
    }
}
