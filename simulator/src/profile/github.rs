//! GitHub's `/user` and `/user/emails`.

use serde_json::{Value, json};

use crate::Simulator;
use crate::personas::Persona;
use crate::provider::SimulatedProvider;

pub(super) fn user(simulator: &Simulator, persona: &Persona) -> Value {
    json!({
        "login": persona.github_login,
        "id": persona.number(SimulatedProvider::Github),
        "avatar_url": persona.picture(simulator),
        "html_url": format!("https://github.com/{}", persona.github_login),
        "type": "User",
        "site_admin": false,
        "name": persona.name,
        "company": null,
        "location": null,
        // The public email, which few users set.
        "email": null,
        "bio": null,
        "created_at": "2019-03-04T10:11:12Z",
        "updated_at": "2026-02-03T04:05:06Z",
    })
}

/// Mira's list begins with an unverified email, to catch clients that take the first one.
pub(super) fn emails(persona: &Persona) -> Value {
    let Some(email) = &persona.email else {
        return json!([]);
    };
    let primary = json!({
        "email": email,
        "primary": true,
        "verified": persona.email_verified,
        "visibility": "private",
    });
    if persona.id != "mira" {
        return json!([primary]);
    }
    let noreply =
        format!("{}+{}@users.noreply.github.com", persona.number(SimulatedProvider::Github), persona.github_login);
    json!([
        { "email": "old@example.net", "primary": false, "verified": false, "visibility": null },
        primary,
        { "email": noreply, "primary": false, "verified": true, "visibility": null },
    ])
}
