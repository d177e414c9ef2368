//! Providers that refuse us, are not there, or are set up for another client.

use vouchsafe_simulator::SimulatedProvider::{Apple, Github, Google, Oidc, Strava, Twitch, Twitter};
use vouchsafe_simulator::{CLIENT_SECRET, Endpoint, Failure};

use crate::ops::doctor::case::{Base, Case, case, swap, with_line};
use crate::ops::doctor::setup::{JWT_KEY, WEAK_RSA_KEY};
use Base::{Offline, Online, Production};

fn with_secret(text: &str, secret: &str) -> String {
    swap(text, CLIENT_SECRET, secret)
}

fn with_private_key(text: &str, pem: &str) -> String {
    let (before, rest) = text.split_once("private_key = '").expect("a key");
    let (_, after) = rest.split_once('\'').expect("its end");
    format!("{before}private_key = '{}'{after}", pem.replace('\n', "\\n"))
}

pub fn cases() -> Vec<Case> {
    let mut cases = texts();
    cases.extend(metadata());
    cases.extend(credentials());
    cases
}

/// What the texts alone show.
fn texts() -> Vec<Case> {
    vec![
        case(
            Offline(&[Github]),
            "a blank after a secret",
            "credential-text",
            "providers.github.client_secret",
            |_, text| with_secret(&text, "0123456789abcdef "),
        ),
        case(
            Offline(&[Github]),
            "quotes around a secret",
            "credential-text",
            "providers.github.client_secret",
            |_, text| with_secret(&text, "\"0123456789abcdef\""),
        ),
        case(Offline(&[Oidc]), "an invisible character", "credential-text", "providers.oidc.client_id", |_, text| {
            swap(&text, "client_id = '", "client_id = '\u{200b}")
        }),
        case(
            Offline(&[Github]),
            "a placeholder",
            "credential-placeholder",
            "providers.github.client_secret",
            |_, text| with_secret(&text, "your-client-secret"),
        ),
        case(Production, "the secret as the id", "credential-shape", "providers.google.client_id", |_, text| {
            format!("{text}[providers.google]\nclient_id = 'GOCSPX-0123456789'\nclient_secret = '0123456789'\n")
        })
        .also(&["settings-file-readable"]),
        case(
            Offline(&[Github]),
            "the id as the secret",
            "credential-shape",
            "providers.github.client_secret",
            |_, text| with_secret(&text, vouchsafe_simulator::CLIENT_ID),
        ),
        case(Offline(&[Oidc]), "no openid", "openid-scope", "providers.oidc.scopes", |_, text| {
            with_line(&text, "providers.oidc", "scopes = ['email']")
        }),
        case(Offline(&[Apple]), "a broken Apple key", "provider-key", "providers.apple.private_key", |_, text| {
            with_private_key(&text, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        }),
        case(Offline(&[Apple]), "an RSA key for Apple", "provider-key", "providers.apple.private_key", |_, text| {
            with_private_key(&text, WEAK_RSA_KEY)
        }),
        case(Offline(&[Apple]), "a short team id", "apple-ids", "providers.apple.team_id", |_, text| {
            swap(&text, vouchsafe_simulator::APPLE_TEAM_ID, "VOUCH5")
        }),
    ]
}

/// What metadata, keys and clock show.
fn metadata() -> Vec<Case> {
    let online = |name, id, setting, spoil| case(Online(&[Oidc]), name, id, setting, spoil);
    vec![
        online("another path of the issuer", "discovery-failed", "providers.oidc.issuer", |_, text| {
            swap(&text, "/simulator/oidc", "/simulator/oidc/realms/x")
        }),
        online("another issuer", "issuer-mismatch", "providers.oidc.issuer", |_, text| text)
            .fault(Oidc, Failure::OtherIssuer),
        online("a slash too many", "issuer-mismatch", "providers.oidc.issuer", |_, text| {
            swap(&text, "/simulator/oidc'", "/simulator/oidc/'")
        }),
        online("broken metadata", "discovery-failed", "providers.oidc.issuer", |_, text| text)
            .fault(Oidc, Failure::MalformedJson(Endpoint::Discovery)),
        case(Online(&[Oidc, Github]), "an outage of metadata", "provider-unreachable", "providers.oidc", |_, text| {
            text
        })
        .fault(Oidc, Failure::ServerError(Endpoint::Discovery)),
        case(Online(&[Oidc, Github]), "a provider that hangs", "provider-unreachable", "providers.oidc", |_, text| {
            text
        })
        .fault(Oidc, Failure::Slow(Endpoint::Token)),
        online("no keys", "jwks-unusable", "providers.oidc.id_token_algorithms", |_, text| {
            swap(&text, "timeout = '10s'", "timeout = '2s'")
        })
        .fault(Oidc, Failure::NoKeys),
        online("broken keys", "jwks-unreachable", "providers.oidc", |_, text| text)
            .fault(Oidc, Failure::Forbidden(Endpoint::Jwks)),
        online("another algorithm", "algorithms-unsupported", "providers.oidc.id_token_algorithms", |_, text| {
            with_line(&text, "providers.oidc", "id_token_algorithms = ['ES256']")
        })
        .also(&["service-not-running", "jwks-unusable"]),
        online("a wrong clock", "clock-skew", "clock", |_, text| text).fault(Oidc, Failure::ClockAhead),
        case(Online(&[Oidc]), "no network", "network-unreachable", "database.url", |_, text| {
            let (before, rest) = text.split_once("[database]\nurl = '").expect("a URL");
            let (_, after) = rest.split_once('\'').expect("its end");
            let text = format!("{before}[database]\nurl = 'postgres://u@127.0.0.1:1/n'{after}");
            let (before, rest) = text.split_once("issuer = '").expect("an issuer");
            let (_, after) = rest.split_once('\'').expect("its end");
            format!("{before}issuer = 'http://127.0.0.1:1/oidc'{after}")
        })
        .also(&["service-not-running", "provider-unreachable", "database-unreachable"]),
    ]
}

/// What the answer to a made-up code shows.
fn credentials() -> Vec<Case> {
    const REJECTED: &str = "credentials-rejected";
    vec![
        case(Online(&[Google]), "Google, a wrong secret", REJECTED, "providers.google.client_id", |_, text| {
            with_secret(&text, "GOCSPX-0123456789")
        }),
        case(Online(&[Github]), "GitHub, a wrong secret", REJECTED, "providers.github.client_id", |_, text| {
            with_secret(&text, "0123456789abcdef")
        }),
        case(Online(&[Twitch]), "Twitch, a wrong secret", REJECTED, "providers.twitch.client_id", |_, text| {
            with_secret(&text, "0123456789abcdef")
        }),
        case(Online(&[Strava]), "Strava, a wrong secret", REJECTED, "providers.strava.client_id", |_, text| {
            with_secret(&text, "0123456789abcdef")
        }),
        case(Online(&[Oidc]), "a wrong id", REJECTED, "providers.oidc.client_id", |_, text| {
            swap(&text, "client_id = '", "client_id = 'another-")
        }),
        case(Online(&[Oidc]), "a wrong authentication", REJECTED, "providers.oidc.client_id", |_, text| {
            with_line(&text, "providers.oidc", "client_authentication = 'client_secret_post'")
        }),
        case(Online(&[Twitter]), "Twitter, a wrong secret", REJECTED, "providers.twitter.client_id", |_, text| {
            with_secret(&text, "0123456789abcdef")
        }),
        case(Online(&[Apple]), "Apple, another key id", REJECTED, "providers.apple.client_id", |_, text| {
            swap(&text, vouchsafe_simulator::APPLE_KEY_ID, "ABCDEFGHIJ")
        }),
        case(Online(&[Apple]), "Apple, a foreign key", REJECTED, "providers.apple.client_id", |_, text| {
            with_private_key(&text, JWT_KEY)
        }),
        case(Online(&[Google]), "Google, another URI", "redirect-uri-rejected", "providers.google", |_, text| text)
            .fault(Google, Failure::RedirectUriMismatch),
        case(Online(&[Github]), "GitHub, another URI", "redirect-uri-rejected", "providers.github", |_, text| text)
            .fault(Github, Failure::RedirectUriMismatch),
        case(
            Online(&[Github]),
            "a wrong token URL",
            "token-endpoint-missing",
            "providers.github.token_url",
            |_, text| swap(&text, "/login/oauth/access_token", "/login/oauth/token"),
        ),
    ]
}
