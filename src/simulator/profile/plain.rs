//! The profiles of the providers that have only a profile, as they write them.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::simulator::bearer::Caller;
use crate::simulator::form::Form;
use crate::simulator::personas::Persona;
use crate::simulator::provider::SimulatedProvider;

pub(super) fn profile(simulator: &Simulator, caller: &Caller, query: &Form) -> Value {
    let person = &caller.person;
    match caller.provider {
        SimulatedProvider::Discord => discord(caller),
        SimulatedProvider::Spotify => spotify(simulator, caller),
        SimulatedProvider::Twitch => twitch(simulator, caller),
        SimulatedProvider::Gitlab => gitlab(simulator, person),
        SimulatedProvider::Bitbucket => bitbucket(simulator, person),
        SimulatedProvider::Strava => athlete(simulator, person, true),
        SimulatedProvider::Facebook => facebook(simulator, caller, query),
        SimulatedProvider::Windowslive => windowslive(caller),
        SimulatedProvider::X => x(simulator, caller, query),
        _ => workos(person),
    }
}

/// Takes out the members that the scope or the question does not cover.
fn only(mut value: Value, keep: impl Fn(&str) -> bool) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|key, _| keep(key));
    }
    value
}

fn discord(caller: &Caller) -> Value {
    let person = &caller.person;
    let picture = person.has_picture.then(|| {
        // An animated one of Mira.
        let start = if person.id == "mira" { "a_" } else { "" };
        format!("{start}{}", person.seed("discord-avatar").hex(32))
    });
    let whole = json!({
        "id": person.subject(SimulatedProvider::Discord),
        "username": person.github_login,
        "discriminator": "0",
        "global_name": person.name,
        "avatar": picture,
        "banner": null,
        "accent_color": null,
        "mfa_enabled": true,
        "locale": "en-GB",
        "premium_type": 0,
        "flags": 0,
        "public_flags": 0,
        "verified": person.email_verified,
        "email": person.email,
    });
    only(whole, |key| caller.has_scope("email") || !matches!(key, "verified" | "email"))
}

fn spotify(simulator: &Simulator, caller: &Caller) -> Value {
    let person = &caller.person;
    let id = person.subject(SimulatedProvider::Spotify);
    let images: Vec<Value> = person
        .picture(simulator)
        .into_iter()
        .flat_map(|url| {
            [64, 300].map(|size| json!({ "url": format!("{url}?size={size}"), "height": size, "width": size }))
        })
        .collect();
    let whole = json!({
        "country": "SE",
        "display_name": person.name,
        "email": person.email,
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
        "email" => caller.has_scope("user-read-email") && person.email.is_some(),
        "country" | "product" => caller.has_scope("user-read-private"),
        _ => true,
    })
}

fn twitch(simulator: &Simulator, caller: &Caller) -> Value {
    let person = &caller.person;
    let whole = json!({
        "id": person.subject(SimulatedProvider::Twitch),
        "login": person.github_login,
        "display_name": person.name.as_deref().unwrap_or_default().replace(' ', "_"),
        "type": "",
        "broadcaster_type": "",
        "description": "",
        "profile_image_url": person.picture(simulator).unwrap_or_default(),
        "offline_image_url": "",
        "view_count": 0,
        "email": person.email,
        "created_at": "2021-05-06T07:08:09Z",
    });
    let shown = caller.has_scope("user:read:email") && person.email.is_some();
    json!({ "data": [only(whole, |key| shown || key != "email")] })
}

fn gitlab(simulator: &Simulator, person: &Persona) -> Value {
    json!({
        "id": person.number(SimulatedProvider::Gitlab),
        "username": person.github_login,
        "name": person.name,
        "state": "active",
        "locked": false,
        "avatar_url": person.picture(simulator),
        "web_url": simulator.url(&format!("/gitlab/{}", person.github_login)),
        "created_at": "2020-01-02T03:04:05.000Z",
        "bio": "",
        "public_email": "",
        "confirmed_at": person.verified_email().map(|_| "2020-01-02T03:10:00.000Z"),
        "email": person.email,
        "identities": [],
        "two_factor_enabled": true,
        "external": false,
        "commit_email": person.email,
    })
}

fn bitbucket(simulator: &Simulator, person: &Persona) -> Value {
    let picture = person.picture(simulator).unwrap_or_else(|| simulator.url("/people/nobody.svg"));
    json!({
        "type": "user",
        "username": person.github_login,
        "nickname": person.github_login,
        "display_name": person.name,
        "uuid": person.subject(SimulatedProvider::Bitbucket),
        "account_id": format!("557058:{}", person.seed("atlassian").uuid()),
        "account_status": "active",
        "created_on": "2018-04-05T06:07:08.000000+00:00",
        "is_staff": false,
        "location": null,
        "links": { "avatar": { "href": picture } },
    })
}

/// Mira's list has an unconfirmed address in front, so that whoever takes the first one is found out.
pub(super) fn bitbucket_addresses(simulator: &Simulator, person: &Persona) -> Value {
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
    let pending = (person.id == "mira").then(|| entry("pending@example.net", false, false));
    let primary = person.email.as_deref().map(|email| entry(email, true, person.email_verified));
    let values: Vec<Value> = pending.into_iter().chain(primary).collect();
    json!({ "size": values.len(), "values": values, "pagelen": 10, "page": 1 })
}

/// The profile of the single sign-on gateway; it also stands in the token answer.
pub(in crate::simulator) fn workos(person: &Persona) -> Value {
    let (first, last) = person.name_parts().unzip();
    json!({
        "object": "profile",
        "id": person.subject(SimulatedProvider::Workos),
        "connection_id": "conn_01SIMULATED0000000000000",
        "connection_type": "OktaSAML",
        "organization_id": "org_01SIMULATED00000000000000",
        "idp_id": format!("00u{}", person.seed("okta").hex(12)),
        "email": person.email,
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "role": { "slug": "member" },
        "groups": ["Staff"],
        "custom_attributes": {},
        "raw_attributes": { "email": person.email, "firstName": first, "lastName": last },
    })
}

/// The athlete; the token answer has a shorter one. Nobody at Strava has an address.
pub(in crate::simulator) fn athlete(simulator: &Simulator, person: &Persona, is_detailed: bool) -> Value {
    let (first, last) = person.name_parts().unzip();
    // What somebody without a picture gets is no address at all.
    let picture = |size: &str| person.picture(simulator).unwrap_or_else(|| format!("avatar/athlete/{size}.png"));
    let mut athlete = json!({
        "id": person.number(SimulatedProvider::Strava),
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
    let person = &caller.person;
    let (first, last) = person.name_parts().unzip();
    let picture = person.picture(simulator).unwrap_or_else(|| simulator.url("/people/nobody.svg"));
    let whole = json!({
        "id": person.subject(SimulatedProvider::Facebook),
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "email": person.email,
        "picture": { "data": {
            "height": 50, "is_silhouette": !person.has_picture, "url": picture, "width": 50,
        } },
    });
    let fields: Vec<&str> = query.get("fields").unwrap_or("id,name").split(',').map(str::trim).collect();
    let is_asked = |key: &str| fields.iter().any(|field| field.split(['.', '{']).next() == Some(key));
    let lacks = |key: &str| match key {
        "email" => person.email.is_none() || !caller.has_scope("email"),
        "name" | "first_name" | "last_name" => person.name.is_none(),
        _ => false,
    };
    only(whole, |key| key == "id" || (is_asked(key) && !lacks(key)))
}

fn windowslive(caller: &Caller) -> Value {
    let person = &caller.person;
    let (first, last) = person.name_parts().unzip();
    // Jonas has not said which address he prefers.
    let preferred = person.email.as_deref().filter(|_| person.id != "jonas");
    let whole = json!({
        "id": person.subject(SimulatedProvider::Windowslive),
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "link": "https://profile.live.com/",
        "gender": null,
        "emails": { "preferred": preferred, "account": person.email, "personal": null, "business": null },
        "locale": "en_US",
        "updated_time": "2014-03-02T01:00:00+0000",
    });
    only(whole, |key| key != "emails" || caller.has_scope("wl.emails"))
}

fn x(simulator: &Simulator, caller: &Caller, query: &Form) -> Value {
    let person = &caller.person;
    let whole = json!({
        "id": person.subject(SimulatedProvider::X),
        "name": person.name.as_deref().unwrap_or(&person.github_login),
        "username": person.github_login,
        "confirmed_email": person.verified_email(),
        "profile_image_url": person.picture(simulator),
        "created_at": "2022-01-10T10:11:12.000Z",
    });
    let fields: Vec<&str> = query.get("user.fields").unwrap_or_default().split(',').collect();
    let has = |key: &str| match key {
        "id" | "name" | "username" => true,
        "confirmed_email" => {
            fields.contains(&key) && caller.has_scope("users.email") && person.verified_email().is_some()
        }
        "profile_image_url" => fields.contains(&key) && person.has_picture,
        _ => fields.contains(&key),
    };
    json!({ "data": only(whole, has) })
}
