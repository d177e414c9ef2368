//! The embedder's sign-up hooks, in both dialects.

use std::sync::{Arc, Mutex};

use vouchsafe::Vouchsafe;
use vouchsafe::domain::clock::Clock;
use vouchsafe::domain::hooks::{NewUser, SignUpHooks, Veto};
use vouchsafe::domain::id::UserId;

use crate::support::app::{Node, TestApp, listen, parameter, serve};
use crate::support::browser::Browser;

/// Refuses emails at example.com and records the others.
#[derive(Default)]
struct SignUpGuard(Mutex<Vec<String>>, Mutex<Vec<UserId>>);

impl SignUpHooks for SignUpGuard {
    fn may_sign_up(&self, new_user: &NewUser<'_>) -> Result<(), Veto> {
        match new_user.email {
            Some(email) if email.ends_with("@example.com") => Err(Veto("nobody from there".to_owned())),
            _ => Ok(()),
        }
    }

    fn user_created(&self, new_user: &NewUser<'_>) {
        let note = format!("{} by {}", new_user.display_name, new_user.profile.provider);
        self.0.lock().expect("a list").push(note);
        self.1.lock().expect("a list").push(new_user.user_id);
    }
}

async fn node(app: &TestApp, guard: &Arc<SignUpGuard>) -> Node {
    let (listener, origin) = listen();
    let clock = Arc::clone(&app.clock) as Arc<dyn Clock>;
    let hooks = Arc::clone(guard) as Arc<dyn SignUpHooks>;
    let builder = Vouchsafe::builder(app.settings(&origin, "")).clock(clock).sign_up_hooks(hooks);
    let vouchsafe = builder.build().await.expect("built");
    Node::at(origin, serve(listener, 1, move || vouchsafe.routes()))
}

#[actix_web::test]
async fn sign_up_hook_veto_stores_nothing_and_created_runs_once() {
    let app = TestApp::new();
    let guard = Arc::new(SignUpGuard::default());
    let node = node(&app, &guard).await;
    let mut rosa = Browser::new();
    node.hand_over(&mut rosa, "github", "rosa").await;
    node.post(&mut rosa, "auth/signin/external", None, "").await.assert_problem(403, "refused");
    let target = node.sign_in(&mut Browser::new(), "google", "", "rosa").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("signup-disabled"));
    for table in ["users", "identities", "sessions", "vault_entries", "tickets"] {
        assert_eq!(app.count(table).await, 0, "{table}");
    }
    for _ in 0..2 {
        node.enter(&mut Browser::new(), "github", "mira").await;
        node.session(&mut Browser::new(), "google", "mira").await;
        node.session(&mut Browser::new(), "google", "user-7").await;
    }
    assert_eq!(*guard.0.lock().expect("a list"), ["Mira Okafor by github", "User 7 by google"]);
}

#[actix_web::test]
async fn user_enabled_by_the_app_after_mail_signs_in() {
    let app = TestApp::new();
    let guard = Arc::new(SignUpGuard::default());
    let (listener, origin) = listen();
    let settings = app.settings(&origin, "sign_up.verified_email_required = true");
    let hooks = Arc::clone(&guard) as Arc<dyn SignUpHooks>;
    let vouchsafe = Vouchsafe::builder(settings).sign_up_hooks(hooks).clock(Arc::clone(&app.clock) as Arc<dyn Clock>);
    let vouchsafe = vouchsafe.build().await.expect("built");
    let routes = vouchsafe.clone();
    let node = Node::at(origin, serve(listener, 1, move || routes.routes()));
    let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert_eq!((parameter(&target, "error"), parameter(&target, "refreshToken")), (None, None));
    let id = guard.1.lock().expect("a list")[0];
    for (address, is_theirs) in [("mira@example.org", false), ("no address", false), ("Jonas@Example.net", true)] {
        assert_eq!(vouchsafe.confirm_email(id, address).await.expect("answered"), is_theirs, "{address}");
    }
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    assert_eq!(session["user"]["emailVerified"], true);
    assert_eq!(app.query("SELECT COUNT(*) FROM audit_events WHERE action = 'confirm'").await, 1);
}
