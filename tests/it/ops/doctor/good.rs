//! Good settings, of which doctor must find nothing bad.

use vouchsafe_simulator::SimulatedProvider;

use super::setup::World;
use super::{Diagnosis, diagnose};
use crate::support::app::Database;

fn assert_good(name: &str, diagnosis: &Diagnosis) {
    assert_eq!((diagnosis.complaints(), diagnosis.code), (Vec::new(), 0), "{name}\n{}", diagnosis.text);
}

fn world(database: Database) -> Option<World> {
    World::on(database)
}

/// What a provider's answer to a made-up code has to show: the simulator words it as the provider does.
fn assert_all_accepted(diagnosis: &Diagnosis, providers: &[SimulatedProvider]) {
    let is_accepted = |finding: &&serde_json::Value| finding["id"] == "credentials-accepted";
    let accepted: Vec<_> = diagnosis.findings.iter().filter(is_accepted).map(|found| &found["subject"]).collect();
    assert_eq!(accepted.len(), providers.len(), "{accepted:?}\n{}", diagnosis.text);
}

#[actix_web::test]
async fn running_service_with_three_providers_is_good() {
    for database in Database::ALL {
        let Some(world) = world(database) else { continue };
        let node = world.app.node().await;
        let text = world.app.settings_text(&node.base, "");
        let diagnosis = diagnose(world.folder(), &text, &["--strict"]).await;
        assert_good("a running service", &diagnosis);
        for id in ["public-url-reached", "keys-usable", "database-ready", "clock-right"] {
            assert!(diagnosis.finding(id).is_some(), "{id} in\n{}", diagnosis.text);
        }
        let reached = &diagnosis.finding("public-url-reached").expect("found")["message"];
        assert!(reached.as_str().is_some_and(|text| text.ends_with("publishes our keys")), "{reached}");
    }
}

/// Every provider at its simulator, in sets: each is a good configuration of its own.
#[actix_web::test]
async fn every_provider_accepts_its_own_credentials() {
    use SimulatedProvider::*;
    for set in [
        &[Apple, Google, Github][..],
        &[Linkedin, Entraid, Gitlab],
        &[Oidc, Bitbucket, Discord],
        &[Spotify, Twitch, Strava, Facebook, Windowslive],
        &[Workos, Azuread, Twitter],
        &[X],
    ] {
        let world = world(Database::Sqlite).expect("SQLite is always available");
        let diagnosis = diagnose(world.folder(), &world.development(set), &[]).await;
        // The service does not run here.
        let complaints: Vec<_> = diagnosis.complaints().into_iter().filter(|id| *id != "service-not-running").collect();
        assert_eq!((complaints, diagnosis.code), (Vec::new(), 0), "{set:?}\n{}", diagnosis.text);
        assert_all_accepted(&diagnosis, set);
    }
}

#[actix_web::test]
async fn production_settings_are_good() {
    let providers = "[providers.google]\nclient_id = '0123456789-abc.apps.googleusercontent.com'\n\
                     client_secret_file = 'google.secret'\n[providers.github]\nclient_id = 'Iv1.8a61f9b3a7aba766'\n\
                     client_secret_file = 'google.secret'\n[providers.entraid]\n\
                     client_id = '11111111-2222-4333-8444-555555555555'\nclient_secret_file = 'google.secret'\n";
    let rules = "allowed_redirect_urls = ['https://*.preview.example.test', 'https://b.example.test/in', \
                 'com.example.app://callback', 'http://localhost:3000']";
    for (name, database, from, to, more) in [
        ("SQLite", Database::Sqlite, "", "", ""),
        ("PostgreSQL", Database::Postgres, "", "", ""),
        ("providers", Database::Sqlite, "", "", providers),
        ("a proxy elsewhere", Database::Sqlite, "['127.0.0.1', '::1']", "['10.0.0.0/8']", ""),
        ("a path", Database::Sqlite, "'https://auth.example.test'", "'https://example.test/auth/v1'", ""),
        ("return URLs", Database::Sqlite, "allowed_redirect_urls = []", rules, ""),
        ("several keys", Database::Sqlite, "jwt = [", "jwt = [{ algorithm = 'HS256', key_file = 'hs.key' }, ", ""),
    ] {
        let Some(world) = world(database) else { continue };
        let mut text = world.production();
        if name == "a proxy elsewhere" {
            text = text.replace("127.0.0.1:4000", "0.0.0.0:4000");
        }
        for (file, secret) in [("google.secret", "GOCSPX-8KqT2mW0xR4v"), ("hs.key", "q8Zr2mW0xKc7vT4nJ1pL9sYd6hF3gB5a")]
        {
            let path = world.folder().join(file);
            std::fs::write(&path, secret).expect("written");
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(&path, private).expect("changed");
        }
        assert!(text.contains(from), "{from}");
        let text = text.replacen(from, to, 1) + more;
        assert_good(name, &diagnose(world.folder(), &text, &["--offline", "--strict"]).await);
    }
}
