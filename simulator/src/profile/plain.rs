//! Profile documents of the providers other than GitHub.

use serde_json::{Value, json};

use crate::Simulator;
use crate::bearer::Caller;
use crate::form::Form;
use crate::personas::Persona;
use crate::provider::SimulatedProvider;

pub(super) fn profile(simulator: &Simulator, caller: &Caller, query: &Form) -> Value {
    let persona = &caller.persona;
    match caller.provider {
        SimulatedProvider::Discord => discord(caller),
        SimulatedProvider::Spotify => spotify(simulator, caller),
        SimulatedProvider::Twitch => twitch(simulator, caller),
        SimulatedProvider::Gitlab => gitlab(simulator, persona),
        SimulatedProvider::Bitbucket => bitbucket(simulator, persona),
        SimulatedProvider::Strava => athlete(simulator, persona, true),
        SimulatedProvider::Facebook => facebook(simulator, caller, query),
        SimulatedProvider::Windowslive => windowslive(caller),
        SimulatedProvider::X => x(simulator, caller, query),
        SimulatedProvider::Oauth2 => oauth2(simulator, caller),
        _ => workos(persona),
    }
}

/// Removes the members that the scope or the query does not cover.
fn only(mut value: Value, keep: impl Fn(&str) -> bool) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|key, _| keep(key));
    }
    value
}

fn discord(caller: &Caller) -> Value {
    let persona = &caller.persona;
    let picture = persona.has_picture.then(|| {
        // Mira has an animated avatar.
        let start = if persona.id == "mira" { "a_" } else { "" };
        format!("{start}{}", persona.seed("discord-avatar").hex(32))
    });
    let whole = json!({
        "id": persona.subject(SimulatedProvider::Discord),
        "username": persona.github_login,
        "discriminator": "0",
        "global_name": persona.name,
        "avatar": picture,
        "banner": null,
        "accent_color": null,
        "mfa_enabled": true,
        "locale": "en-GB",
        "premium_type": 0,
        "flags": 0,
        "public_flags": 0,
        "verified": persona.email_verified,
        "email": persona.email,
    });
    only(whole, |key| caller.has_scope("email") || !matches!(key, "verified" | "email"))
}

fn spotify(simulator: &Simulator, caller: &Caller) -> Value {
    let persona = &caller.persona;
    let id = persona.subject(SimulatedProvider::Spotify);
    let images: Vec<Value> = persona
        .picture(simulator)
        .into_iter()
        .flat_map(|url| {
            [64, 300].map(|size| json!({ "url": format!("{url}?size={size}"), "height": size, "width": size }))
        })
        .collect();
    let whole = json!({
        "country": "SE",
        "display_name": persona.name,
        "email": persona.email,
        "external_urls": { "spotify": format!("https://open.spotify.com/user/{id}") },
        "followers": { "href": null, "total": 4 },
        "href": format!("https://api.spotify.com/v1/users/{id}"),
        "id": id,
        "images": images,
        "product": "premium",
        "type": "user",
        "uri": format!("spotify:user:{id}"),
    });
    only(whole, |key| match key {
        "email" => caller.has_scope("user-read-email") && persona.email.is_some(),
        "country" | "product" => caller.has_scope("user-read-private"),
        _ => true,
    })
}

fn twitch(simulator: &Simulator, caller: &Caller) -> Value {
    let persona = &caller.persona;
    let whole = json!({
        "id": persona.subject(SimulatedProvider::Twitch),
        "login": persona.github_login,
        "display_name": persona.name.as_deref().unwrap_or_default().replace(' ', "_"),
        "type": "",
        "broadcaster_type": "",
        "description": "",
        "profile_image_url": persona.picture(simulator).unwrap_or_default(),
        "offline_image_url": "",
        "view_count": 0,
        "email": persona.email,
        "created_at": "2021-05-06T07:08:09Z",
    });
    let shown = caller.has_scope("user:read:email") && persona.email.is_some();
    json!({ "data": [only(whole, |key| shown || key != "email")] })
}

fn gitlab(simulator: &Simulator, persona: &Persona) -> Value {
    json!({
        "id": persona.number(SimulatedProvider::Gitlab),
        "username": persona.github_login,
        "name": persona.name,
        "state": "active",
        "locked": false,
        "avatar_url": persona.picture(simulator),
        "web_url": simulator.url(&format!("/gitlab/{}", persona.github_login)),
        "created_at": "2020-01-02T03:04:05.000Z",
        "bio": "",
        "public_email": "",
        "confirmed_at": persona.verified_email().map(|_| "2020-01-02T03:10:00.000Z"),
        "email": persona.email,
        "identities": [],
        "two_factor_enabled": true,
        "external": false,
        "commit_email": persona.email,
    })
}

fn bitbucket(simulator: &Simulator, persona: &Persona) -> Value {
    let picture = persona.picture(simulator).unwrap_or_else(|| simulator.url("/people/nobody.svg"));
    json!({
        "type": "user",
        "username": persona.github_login,
        "nickname": persona.github_login,
        "display_name": persona.name,
        "uuid": persona.subject(SimulatedProvider::Bitbucket),
        "account_id": format!("557058:{}", persona.seed("atlassian").uuid()),
        "account_status": "active",
        "created_on": "2018-04-05T06:07:08.000000+00:00",
        "is_staff": false,
        "location": null,
        "links": { "avatar": { "href": picture } },
    })
}

/// Mira's list begins with an unconfirmed email, to catch clients that take the first one.
pub(super) fn bitbucket_emails(simulator: &Simulator, persona: &Persona) -> Value {
    let entry = |email: &str, is_primary: bool, is_confirmed: bool| {
        let itself = simulator.url(&format!("/bitbucket/2.0/user/emails/{email}"));
        json!({
            "email": email,
            "is_primary": is_primary,
            "is_confirmed": is_confirmed,
            "type": "email",
            "links": { "self": { "href": itself } },
        })
    };
    let pending = (persona.id == "mira").then(|| entry("pending@example.net", false, false));
    let primary = persona.email.as_deref().map(|email| entry(email, true, persona.email_verified));
    let values: Vec<Value> = pending.into_iter().chain(primary).collect();
    json!({ "size": values.len(), "values": values, "pagelen": 10, "page": 1 })
}

/// `WorkOS` profile; also part of its token response.
pub(crate) fn workos(persona: &Persona) -> Value {
    let (first, last) = persona.name_parts().unzip();
    json!({
        "object": "profile",
        "id": persona.subject(SimulatedProvider::Workos),
        "connection_id": "conn_01SIMULATED0000000000000",
        "connection_type": "OktaSAML",
        "organization_id": "org_01SIMULATED00000000000000",
        "idp_id": format!("00u{}", persona.seed("okta").hex(12)),
        "email": persona.email,
        "name": persona.name,
        "first_name": first,
        "last_name": last,
        "role": { "slug": "member" },
        "groups": ["Staff"],
        "custom_attributes": {},
        "raw_attributes": { "email": persona.email, "firstName": first, "lastName": last },
    })
}

/// Strava's athlete, shorter in the token response. It has no email.
pub(crate) fn athlete(simulator: &Simulator, persona: &Persona, is_detailed: bool) -> Value {
    let (first, last) = persona.name_parts().unzip();
    // Strava sends this path for users without a picture.
    let picture = |size: &str| persona.picture(simulator).unwrap_or_else(|| format!("avatar/athlete/{size}.png"));
    let mut athlete = json!({
        "id": persona.number(SimulatedProvider::Strava),
        "username": null,
        "resource_state": if is_detailed { 3 } else { 2 },
        "firstname": first.unwrap_or_default(),
        "lastname": last.unwrap_or_default(),
        "city": "Lagos",
        "state": "",
        "country": "Nigeria",
        "sex": null,
        "premium": false,
        "summit": false,
        "created_at": "2021-02-03T04:05:06Z",
        "updated_at": "2026-01-02T03:04:05Z",
        "profile_medium": picture("medium"),
        "profile": picture("large"),
    });
    if is_detailed {
        athlete["measurement_preference"] = json!("meters");
        athlete["clubs"] = json!([]);
    }
    athlete
}

fn facebook(simulator: &Simulator, caller: &Caller, query: &Form) -> Value {
    let persona = &caller.persona;
    let (first, last) = persona.name_parts().unzip();
    let picture = persona.picture(simulator).unwrap_or_else(|| simulator.url("/people/nobody.svg"));
    let whole = json!({
        "id": persona.subject(SimulatedProvider::Facebook),
        "name": persona.name,
        "first_name": first,
        "last_name": last,
        "email": persona.email,
        "picture": { "data": {
            "height": 50, "is_silhouette": !persona.has_picture, "url": picture, "width": 50,
        } },
    });
    let fields: Vec<&str> = query.get("fields").unwrap_or("id,name").split(',').map(str::trim).collect();
    let is_asked = |key: &str| fields.iter().any(|field| field.split(['.', '{']).next() == Some(key));
    let lacks = |key: &str| match key {
        "email" => persona.email.is_none() || !caller.has_scope("email"),
        "name" | "first_name" | "last_name" => persona.name.is_none(),
        _ => false,
    };
    only(whole, |key| key == "id" || (is_asked(key) && !lacks(key)))
}

fn windowslive(caller: &Caller) -> Value {
    let persona = &caller.persona;
    let (first, last) = persona.name_parts().unzip();
    // Jonas has no preferred email.
    let preferred = persona.email.as_deref().filter(|_| persona.id != "jonas");
    let whole = json!({
        "id": persona.subject(SimulatedProvider::Windowslive),
        "name": persona.name,
        "first_name": first,
        "last_name": last,
        "link": "https://profile.live.com/",
        "gender": null,
        "emails": { "preferred": preferred, "account": persona.email, "personal": null, "business": null },
        "locale": "en_US",
        "updated_time": "2014-03-02T01:00:00+0000",
    });
    only(whole, |key| key != "emails" || caller.has_scope("wl.emails"))
}

/// A document that no provider prescribes: absent values are `null`.
fn oauth2(simulator: &Simulator, caller: &Caller) -> Value {
    let persona = &caller.persona;
    let whole = json!({
        "id": persona.subject(SimulatedProvider::Oauth2),
        "login": persona.github_login,
        "name": persona.name,
        "picture": persona.picture(simulator),
        "email": persona.email,
        "email_verified": persona.email_verified,
    });
    only(whole, |key| caller.has_scope("email") || !key.starts_with("email"))
}

fn x(simulator: &Simulator, caller: &Caller, query: &Form) -> Value {
    let persona = &caller.persona;
    let whole = json!({
        "id": persona.subject(SimulatedProvider::X),
        "name": persona.name.as_deref().unwrap_or(&persona.github_login),
        "username": persona.github_login,
        "confirmed_email": persona.verified_email(),
        "profile_image_url": persona.picture(simulator),
        "created_at": "2022-01-10T10:11:12.000Z",
    });
    let fields: Vec<&str> = query.get("user.fields").unwrap_or_default().split(',').collect();
    let has = |key: &str| match key {
        "id" | "name" | "username" => true,
        "confirmed_email" => {
            fields.contains(&key) && caller.has_scope("users.email") && persona.verified_email().is_some()
        }
        "profile_image_url" => fields.contains(&key) && persona.has_picture,
        _ => fields.contains(&key),
    };
    json!({ "data": only(whole, has) })
}
