//! An embedding app has its say when somebody becomes a new person, whichever dialect they speak.

use std::sync::{Arc, Mutex};

use vouchsafe::Vouchsafe;
use vouchsafe::domain::clock::Clock;
use vouchsafe::domain::hooks::{Newcomer, SignUpHooks, Veto};

use crate::browser::Browser;
use crate::town::{Node, Town, listen, parameter, serve};

/// Wants nobody from example.com, and remembers the others.
#[derive(Default)]
struct Doorkeeper(Mutex<Vec<String>>);

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
