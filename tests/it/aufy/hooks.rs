//! An embedding app has its say when somebody becomes a new person, whichever dialect they speak.

use std::sync::{Arc, Mutex};

use vouchsafe::Vouchsafe;
use vouchsafe::domain::clock::Clock;
use vouchsafe::domain::hooks::{Newcomer, SignUpHooks, Veto};
use vouchsafe::domain::id::UserId;

use crate::browser::Browser;
use crate::town::{Node, Town, listen, parameter, serve};

/// Wants nobody from example.com, and remembers the others.
#[derive(Default)]
struct Doorkeeper(Mutex<Vec<String>>, Mutex<Vec<UserId>>);

impl SignUpHooks for Doorkeeper {
    fn may_sign_up(&self, newcomer: &Newcomer<'_>) -> Result<(), Veto> {
        match newcomer.email {
            Some(email) if email.ends_with("@example.com") => Err(Veto("nobody from there".to_owned())),
            _ => Ok(()),
        }
    }

    fn person_created(&self, newcomer: &Newcomer<'_>) {
        let note = format!("{} by {}", newcomer.display_name, newcomer.profile.provider);
        self.0.lock().expect("a list").push(note);
        self.1.lock().expect("a list").push(newcomer.user_id);
    }
}

async fn node(town: &Town, doorkeeper: &Arc<Doorkeeper>) -> Node {
    let (listener, origin) = listen();
    let clock = Arc::clone(&town.clock) as Arc<dyn Clock>;
    let hooks = Arc::clone(doorkeeper) as Arc<dyn SignUpHooks>;
    let builder = Vouchsafe::builder(town.settings(&origin, "")).clock(clock).sign_up_hooks(hooks);
    let vouchsafe = builder.build().await.expect("built");
    Node::at(origin, serve(listener, 1, move || vouchsafe.routes()))
}

#[actix_web::test]
async fn a_veto_leaves_nothing_behind_and_a_created_person_is_told_once() {
    let town = Town::new();
    let doorkeeper = Arc::new(Doorkeeper::default());
    let node = node(&town, &doorkeeper).await;
    let mut rosa = Browser::new();
    node.hand_over(&mut rosa, "github", "rosa").await;
    node.post(&mut rosa, "auth/signin/external", None, "").await.assert_problem(403, "refused");
    let target = node.sign_in(&mut Browser::new(), "google", "", "rosa").await;
    assert_eq!(parameter(&target, "error").as_deref(), Some("signup-disabled"));
    for table in ["users", "identities", "sessions", "vault_entries", "tickets"] {
        assert_eq!(town.count(table).await, 0, "{table}");
    }
    for _ in 0..2 {
        node.enter(&mut Browser::new(), "github", "mira").await;
        node.session(&mut Browser::new(), "google", "mira").await;
        node.session(&mut Browser::new(), "google", "user-7").await;
    }
    assert_eq!(*doorkeeper.0.lock().expect("a list"), ["Mira Okafor by github", "User 7 by google"]);
}

#[actix_web::test]
async fn an_app_that_sent_a_mail_lets_its_person_in() {
    let town = Town::new();
    let doorkeeper = Arc::new(Doorkeeper::default());
    let (listener, origin) = listen();
    let settings = town.settings(&origin, "sign_up.verified_address_required = true");
    let hooks = Arc::clone(&doorkeeper) as Arc<dyn SignUpHooks>;
    let vouchsafe = Vouchsafe::builder(settings).sign_up_hooks(hooks).clock(Arc::clone(&town.clock) as Arc<dyn Clock>);
    let vouchsafe = vouchsafe.build().await.expect("built");
    let routes = vouchsafe.clone();
    let node = Node::at(origin, serve(listener, 1, move || routes.routes()));
    let target = node.sign_in(&mut Browser::new(), "github", "", "jonas").await;
    assert_eq!((parameter(&target, "error"), parameter(&target, "refreshToken")), (None, None));
    let id = doorkeeper.1.lock().expect("a list")[0];
    for (address, is_theirs) in [("mira@example.org", false), ("no address", false), ("Jonas@Example.net", true)] {
        assert_eq!(vouchsafe.confirm_address(id, address).await.expect("answered"), is_theirs, "{address}");
    }
    let session = node.session(&mut Browser::new(), "github", "jonas").await;
    assert_eq!(session["user"]["emailVerified"], true);
    assert_eq!(town.query("SELECT COUNT(*) FROM audit_events WHERE action = 'confirm'").await, 1);
}
