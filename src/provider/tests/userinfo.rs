//! What userinfo may add to an id_token, and what it may not: an email never gets the proof of another document.

use serde_json::{Value, json};

use super::super::identify::IdentifyError;
use super::fixture::Fixture;
use super::journey::{Journey, walk};
use super::{provider, settings_for};
use crate::domain::profile::{EmailClaim, EmailTrust};
use crate::oauth::userinfo::UserinfoError;
use crate::settings::{ProviderKind, ProviderSettings};

const USERINFO: &str = "openidconnect.googleapis.com/v1/userinfo";

/// A sign-in at Google with these members in the id_token and in userinfo; `null` removes one.
async fn sign_in(id_token: Value, userinfo: Option<Value>) -> Journey {
    let mut fixture = Fixture::of("google");
    fixture.answers.remove(USERINFO);
    merge(fixture.document("id_token"), &id_token);
    if let Some(userinfo) = userinfo {
        let mut document = json!({"sub": fixture.expected.subject});
        merge(&mut document, &userinfo);
        fixture.answers.insert(USERINFO.to_owned(), document);
    }
    walk(&fixture, &fixture.provider()).await
}

fn merge(document: &mut Value, members: &Value) {
    for (name, value) in members.as_object().expect("an object") {
        match value {
            Value::Null => drop(document.as_object_mut().expect("an object").remove(name)),
            value => document[name] = value.clone(),
        }
    }
}

fn userinfo_calls(journey: &Journey) -> usize {
    let (_, requests) = journey.steps.iter().find(|(step, _)| *step == "profile").expect("a step");
    requests.len()
}

fn claim(email: &str, trust: EmailTrust) -> Option<EmailClaim> {
    Some(EmailClaim { email: email.to_owned(), trust })
}

#[actix_web::test]
async fn userinfo_is_asked_only_for_what_the_id_token_lacks() {
    let complete = json!({"name": "Mira", "email": "mira@example.org", "email_verified": true});
    assert_eq!(userinfo_calls(&sign_in(complete, Some(json!({}))).await), 0);
    for missing in [json!({"name": null}), json!({"email": null}), json!({"email_verified": null})] {
        assert_eq!(userinfo_calls(&sign_in(missing.clone(), Some(json!({}))).await), 1, "{missing}");
    }
}

#[actix_web::test]
async fn thin_id_token_gets_name_and_proof_from_userinfo() {
    let thin = json!({"name": null, "email_verified": null, "picture": null});
    let userinfo = json!({"name": "Mira Okafor", "email": "mira@example.org", "email_verified": true});
    let profile = sign_in(thin, Some(userinfo)).await.profile.expect("a profile");
    assert_eq!(profile.name.as_deref(), Some("Mira Okafor"));
    assert_eq!(profile.email, claim("mira@example.org", EmailTrust::Verified));
}

#[actix_web::test]
async fn proof_of_id_token_never_vouches_for_email_of_userinfo() {
    let only_proof = json!({"email": null, "email_verified": true});
    for (userinfo, trust) in [
        (json!({"email": "victim@example.org", "email_verified": false}), EmailTrust::Unverified),
        (json!({"email": "victim@example.org"}), EmailTrust::Unknown),
    ] {
        let profile = sign_in(only_proof.clone(), Some(userinfo)).await.profile.expect("a profile");
        assert_eq!(profile.email, claim("victim@example.org", trust));
    }
}

#[actix_web::test]
async fn proof_of_userinfo_never_vouches_for_email_of_id_token() {
    let only_email = json!({"email": "victim@example.org", "email_verified": null});
    for (userinfo, expected) in [
        (json!({"email_verified": true}), claim("victim@example.org", EmailTrust::Unknown)),
        (json!({"email": "mine@example.net", "email_verified": true}), claim("mine@example.net", EmailTrust::Verified)),
    ] {
        let profile = sign_in(only_email.clone(), Some(userinfo)).await.profile.expect("a profile");
        assert_eq!(profile.email, expected);
    }
}

#[actix_web::test]
async fn unavailable_userinfo_leaves_an_id_token_with_email_usable() {
    let nameless = sign_in(json!({"name": null}), None).await.profile.expect("a profile");
    assert_eq!((nameless.name, nameless.email), (None, claim("mira@example.org", EmailTrust::Verified)));
    let unproven = sign_in(json!({"email_verified": null}), None).await.profile.expect("a profile");
    assert_eq!(unproven.email, claim("mira@example.org", EmailTrust::Unknown));
    let no_email = sign_in(json!({"email": null}), None).await.profile;
    assert!(matches!(no_email, Err(IdentifyError::Userinfo(UserinfoError::Http(_)))), "{no_email:?}");
}

#[actix_web::test]
async fn userinfo_about_another_subject_or_none_refuses_the_sign_in() {
    let profile = json!({"name": "Other", "email": "other@example.org", "email_verified": true});
    for missing in [json!({"name": null}), json!({"email": null}), json!({"email_verified": null})] {
        for subject in [json!("7"), json!(""), json!(null), json!(7)] {
            let mut userinfo = profile.clone();
            userinfo["sub"] = subject.clone();
            let found = sign_in(missing.clone(), Some(userinfo)).await.profile;
            let is_refused = match found {
                Err(IdentifyError::Userinfo(UserinfoError::SubjectMismatch)) => subject == "7",
                Err(IdentifyError::Userinfo(UserinfoError::MissingSubject)) => subject != "7",
                _ => false,
            };
            assert!(is_refused, "{missing} {subject}");
        }
    }
}

#[test]
fn email_mapped_elsewhere_proves_nothing_without_its_own_proof() {
    let claims = |paths: &[(&str, &str)]| {
        paths.iter().map(|(name, path)| ((*name).to_owned(), path.parse().expect("a path"))).collect()
    };
    let document = json!({"sub": "7", "email": "own@example.org", "email_verified": true,
        "preferred_username": "victim@example.org", "is_name_verified": true});
    for (paths, expected) in [
        (&[][..], claim("own@example.org", EmailTrust::Verified)),
        (&[("email", "email")], claim("own@example.org", EmailTrust::Verified)),
        (&[("email", "preferred_username")], claim("victim@example.org", EmailTrust::Unknown)),
        (
            &[("email", "preferred_username"), ("email_verified", "is_name_verified")],
            claim("victim@example.org", EmailTrust::Verified),
        ),
    ] {
        for kind in [ProviderKind::Oidc, ProviderKind::OAuth2] {
            let url = "https://login.acme.example".parse().ok();
            let settings = ProviderSettings {
                kind: Some(kind),
                issuer: Some("https://login.acme.example".to_owned()),
                authorization_url: url.clone(),
                token_url: url.clone(),
                userinfo_url: url,
                claims: claims(paths),
                ..settings_for("acme")
            };
            let profile = provider("acme", &settings).expect("a provider").read(std::slice::from_ref(&document));
            assert_eq!(profile.expect("a profile").email, expected, "{kind:?} {paths:?}");
        }
    }
}

#[test]
fn custom_provider_without_claims_reads_the_standard_ones() {
    let url = "https://login.acme.example".parse().ok();
    let settings = ProviderSettings {
        kind: Some(ProviderKind::OAuth2),
        authorization_url: url.clone(),
        token_url: url.clone(),
        userinfo_url: url,
        ..settings_for("acme")
    };
    let acme = provider("acme", &settings).expect("a provider");
    for (document, subject) in [
        (json!({"sub": "s", "id": "i", "name": "Mira", "locale": "de"}), "s"),
        (json!({"id": 7, "name": "Mira", "locale": "de"}), "7"),
    ] {
        let profile = acme.read(&[document]).expect("a profile");
        assert_eq!((profile.subject.as_str(), profile.name.as_deref()), (subject, Some("Mira")));
        assert_eq!(profile.locale.as_deref(), Some("de"));
    }
    assert!(acme.read(&[json!({"login": "mira"})]).is_err());
}
