//! A model of an attacker, searched exhaustively.
//!
//! There are two providers, two people with a browser and an account each, and the service. The attacker owns one of the
//! providers and one client at the other; reads what leaves TLS, which are return URLs and used responses in histories and
//! logs; and leads the victim's browser to any URL. The victim consents to whatever the honest provider shows, and reads
//! the service's own page. So the attacker
//!
//! - knows state, challenge and nonce of each flow that began in the attacker's browser or goes to the evil provider, and
//!   sends any callback that can be made of them and of known codes, from either browser;
//! - has the victim consent at the honest provider to a request of any such flow (mix-up, code injection);
//! - answers at the evil provider as the victim, with the same subject and e-mail address;
//! - has each flow begin, also one in the victim's browser that links to the attacker's account (`connect=`);
//! - steals refresh tokens.
//!
//! The honest provider accepts a code more than once, so no invariant depends on that. Not in the model: guessing, time, and
//! the grace within which a refresh token that was spent just now brings its successor.
//!
//! With all defences on no property fails, whatever provider and app support ([`secure_abilities`]). With each one switched
//! off the search finds the attack that it is there for.

mod search;
mod world;

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use search::{Attack, Scene, secure_abilities};
use world::{Abilities, Defence, Service};

const SCENES: [Scene; 3] = [Scene::SignIn, Scene::Link, Scene::Session];

/// A provider and an app that support everything.
const MODERN: Abilities = Abilities { pkce: true, nonce: true, iss: true, loose_redirects: false, app_challenge: true };

/// What is switched off, where, for whom, what it breaks, and the name of the attack.
const ATTACKS: [(Defence, Scene, Abilities, &str, &str); 18] = [
    (
        Defence::FlowBoundToBrowser,
        Scene::SignIn,
        Abilities { app_challenge: false, ..MODERN },
        search::NO_SWAP,
        "session swapping (login CSRF)",
    ),
    (Defence::FlowUsedOnce, Scene::SignIn, MODERN, search::ONE_SESSION, "replay of a callback"),
    (Defence::FlowSealed, Scene::Link, MODERN, search::NO_FOREIGN_LINK, "forged flow"),
    (
        Defence::CallbackPath,
        Scene::SignIn,
        Abilities { iss: false, ..MODERN },
        search::NO_TAKEOVER,
        "mix-up at a provider without iss",
    ),
    (
        Defence::ResponseIssuer,
        Scene::SignIn,
        Abilities { loose_redirects: true, ..MODERN },
        search::NO_TAKEOVER,
        "mix-up at a provider that accepts each callback path",
    ),
    (
        Defence::Pkce,
        Scene::SignIn,
        Abilities { nonce: false, ..MODERN },
        search::NO_TAKEOVER,
        "code injection at a provider of OAuth 2.0",
    ),
    (
        Defence::Nonce,
        Scene::SignIn,
        Abilities { pkce: false, ..MODERN },
        search::NO_TAKEOVER,
        "code injection at a provider without PKCE",
    ),
    (Defence::CleanRefusal, Scene::SignIn, MODERN, search::NO_TAKEOVER, "code of a refused callback"),
    (Defence::ReturnUrl, Scene::SignIn, MODERN, search::NO_TAKEOVER, "open redirect"),
    (Defence::AppChallenge, Scene::SignIn, MODERN, search::NO_TAKEOVER, "stolen one-time code"),
    (Defence::SubjectOfProvider, Scene::SignIn, MODERN, search::NO_TAKEOVER, "subject of another provider"),
    (Defence::EmailIsNoIdentity, Scene::SignIn, MODERN, search::NO_TAKEOVER, "claimed e-mail address"),
    (Defence::Audience, Scene::SignIn, MODERN, search::NO_TAKEOVER, "id_token of another client"),
    (Defence::Signature, Scene::SignIn, MODERN, search::NO_TAKEOVER, "forged id_token"),
    (Defence::LinkConfirmation, Scene::Link, MODERN, search::NO_FOREIGN_LINK, "link CSRF"),
    (Defence::ConfirmationForm, Scene::Link, MODERN, search::NO_FOREIGN_LINK, "forged consent to a link"),
    (Defence::SpentToken, Scene::Session, MODERN, search::NO_SPENT_TOKEN, "refresh with a spent token"),
    (Defence::ReuseEndsSession, Scene::Session, MODERN, search::THEFT_ENDS, "session that outlives its theft"),
];

#[test]
fn attacker_against_all_defences_reaches_nothing() {
    for abilities in secure_abilities() {
        for scene in SCENES {
            let search = Attack { scene, service: Service { without: None, abilities } }.checker().spawn_bfs().join();
            search.assert_properties();
        }
    }
}

#[test]
fn attacker_succeeds_where_a_defence_is_switched_off() {
    for (defence, scene, abilities, broken, attack) in ATTACKS {
        let found = HasDiscoveries::AllOf(BTreeSet::from([broken]));
        let model = Attack { scene, service: Service { without: Some(defence), abilities } };
        let search = model.checker().finish_when(found).spawn_bfs().join();
        assert!(search.discovery(broken).is_some(), "{attack} is not found without {defence:?}");
    }
}
