//! Every spelling of "proven" against every provider: only its own explicit yes counts.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::journey::walk;
use crate::domain::profile::EmailTrust;

/// Every spelling, and whether a provider that says truth values means yes by it.
fn spellings() -> [(Option<Value>, bool); 12] {
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
        .person
        .expect("a person")
        .email
        .map(|claim| claim.trust)
        .unwrap_or_default()
}

#[actix_web::test]
async fn only_an_explicit_yes_of_the_provider_proves_an_address() {
    for fixture in Fixture::all().filter(|fixture| fixture.flag.is_some()) {
        let flag = fixture.flag.clone().expect("a flag");
        // GitLab says a moment, and no truth value at all is one.
        let is_truth_value = fixture.name != "gitlab";
        for (spelling, is_yes) in spellings() {
            let mut fixture = fixture.clone();
            let (parent, member) = flag.at.rsplit_once('/').expect("a pointer");
            let parent = fixture.document(&flag.r#in).pointer_mut(parent).expect("a parent");
            match &spelling {
                Some(value) => parent[member] = value.clone(),
                None => drop(parent.as_object_mut().expect("an object").remove(member)),
            }
            let is_own = spelling.as_ref().is_some_and(|value| fixture.also_proven.contains(value));
            let is_proven = is_own || (is_yes && is_truth_value);
            let found = trust(&fixture).await;
            assert_eq!(found == EmailTrust::Verified, is_proven, "{} {spelling:?}: {found:?}", fixture.name);
            if spelling == Some(json!(false)) && is_truth_value {
                assert_eq!(found, EmailTrust::Unverified, "{}", fixture.name);
            }
        }
    }
}

#[actix_web::test]
async fn where_a_provider_has_no_word_nothing_in_its_profile_is_one() {
    for mut fixture in Fixture::all().filter(|fixture| fixture.flag.is_none() && fixture.name != "twitter@2") {
        let documents = fixture.answers.values_mut().chain(fixture.token.get_mut("profile"));
        for document in documents.filter(|document| document.is_object()) {
            for word in ["email_verified", "verified_email", "verified", "is_verified", "confirmed_at", "xms_edov"] {
                document[word] = json!(true);
            }
        }
        assert_eq!(trust(&fixture).await, EmailTrust::Unknown, "{}", fixture.name);
    }
}

#[actix_web::test]
async fn x_proves_an_address_by_telling_it() {
    let mut fixture = Fixture::of("twitter@2");
    assert_eq!(trust(&fixture).await, EmailTrust::Verified);
    fixture.document("api.x.com/2/users/me")["data"]["confirmed_email"] = json!(null);
    let person = walk(&fixture, &fixture.provider()).await.person.expect("a person");
    assert_eq!(person.email, None);
}
