//! Tests every notation of "verified" at every provider: only the provider's own counts.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::journey::walk;
use crate::domain::profile::EmailTrust;

/// Every notation, and whether it means verified at a provider that sends booleans.
fn notations() -> [(Option<Value>, bool); 12] {
    [
        (Some(json!(true)), true),
        (Some(json!(false)), false),
        (None, false),
        (Some(json!("true")), false),
        (Some(json!("false")), false),
        (Some(json!("TRUE")), false),
        (Some(json!("yes")), false),
        (Some(json!("1")), false),
        (Some(json!(1)), false),
        (Some(json!(0)), false),
        (Some(json!(null)), false),
        (Some(json!({"value": true})), false),
    ]
}

async fn trust(fixture: &Fixture) -> EmailTrust {
    walk(fixture, &fixture.provider())
        .await
        .profile
        .expect("a profile")
        .email
        .map(|claim| claim.trust)
        .unwrap_or_default()
}

#[actix_web::test]
async fn email_is_verified_only_by_the_providers_own_field() {
    for fixture in Fixture::all().filter(|fixture| fixture.proof.is_some()) {
        let proof = fixture.proof.clone().expect("a proof");
        // GitLab sends a timestamp and no boolean.
        let sends_boolean = fixture.name != "gitlab";
        for (notation, means_verified) in notations() {
            let mut fixture = fixture.clone();
            let (parent, member) = proof.at.rsplit_once('/').expect("a pointer");
            let parent = fixture.document(&proof.r#in).pointer_mut(parent).expect("a parent");
            match &notation {
                Some(value) => parent[member] = value.clone(),
                None => drop(parent.as_object_mut().expect("an object").remove(member)),
            }
            let is_own_notation = notation.as_ref().is_some_and(|value| fixture.also_verified.contains(value));
            let is_verified = is_own_notation || (means_verified && sends_boolean);
            let found = trust(&fixture).await;
            assert_eq!(found == EmailTrust::Verified, is_verified, "{} {notation:?}: {found:?}", fixture.name);
            if notation == Some(json!(false)) && sends_boolean {
                assert_eq!(found, EmailTrust::Unverified, "{}", fixture.name);
            }
        }
    }
}

#[actix_web::test]
async fn provider_without_a_proof_never_verifies() {
    for mut fixture in Fixture::all().filter(|fixture| fixture.proof.is_none() && fixture.name != "twitter@2") {
        let documents = fixture.answers.values_mut().chain(fixture.token.get_mut("profile"));
        for document in documents.filter(|document| document.is_object()) {
            for field in ["email_verified", "verified_email", "verified", "is_verified", "confirmed_at", "xms_edov"] {
                document[field] = json!(true);
            }
        }
        assert_eq!(trust(&fixture).await, EmailTrust::Unknown, "{}", fixture.name);
    }
}

#[actix_web::test]
async fn x_verifies_the_email_by_sending_it() {
    let mut fixture = Fixture::of("twitter@2");
    assert_eq!(trust(&fixture).await, EmailTrust::Verified);
    fixture.document("api.x.com/2/users/me")["data"]["confirmed_email"] = json!(null);
    let profile = walk(&fixture, &fixture.provider()).await.profile.expect("a profile");
    assert_eq!(profile.email, None);
}
