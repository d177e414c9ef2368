//! What GitHub's API says of a person: the profile without an address, and the addresses on their own.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::simulator::personas::Persona;
use crate::simulator::provider::SimulatedProvider;

pub(super) fn user(simulator: &Simulator, person: &Persona) -> Value {
    json!({
        "login": person.github_login,
        "id": person.number(SimulatedProvider::Github),
        "avatar_url": person.picture(simulator),
        "html_url": format!("https://github.com/{}", person.github_login),
        "type": "User",
        "site_admin": false,
        "name": person.name,
        "company": null,
        "location": null,
        // The public address, which hardly anybody sets.
        "email": null,
        "bio": null,
        "created_at": "2019-03-04T10:11:12Z",
        "updated_at": "2026-02-03T04:05:06Z",
    })
}

/// Mira's list has an old unproven address in front, so that whoever takes the first one is found out.
pub(super) fn addresses(person: &Persona) -> Value {
    let Some(email) = &person.email else {
        return json!([]);
    };
    let primary = json!({
        "email": email,
        "primary": true,
        "verified": person.email_verified,
        "visibility": "private",
    });
    if person.id != "mira" {
        return json!([primary]);
    }
    let noreply =
        format!("{}+{}@users.noreply.github.com", person.number(SimulatedProvider::Github), person.github_login);
    json!([
        { "email": "old@example.net", "primary": false, "verified": false, "visibility": null },
        primary,
        { "email": noreply, "primary": false, "verified": true, "visibility": null },
    ])
}
