//! The app's options for a new user: name, locale, roles, metadata, picture.

use serde_json::{Value, json};

use super::{ROUTES, Route, clear};
use crate::support::app::TestApp;

/// The app's options, and the new user or the error that they lead to.
fn cases() -> Vec<(Value, Result<Value, &'static str>)> {
    let everything = json!({
        "allowedRoles": ["editor", "me"], "defaultRole": "editor", "displayName": "M. O'Kafor-Weber, jr.",
        "locale": "de", "metadata": {"a": {"b": [1, null]}}, "redirectTo": "https://x.preview.test/in",
    });
    let applied = json!({
        "roles": ["editor", "me"], "defaultRole": "editor", "displayName": "M. O'Kafor-Weber, jr.",
        "locale": "de", "metadata": {"a": {"b": [1, null]}},
    });
    let defaults = json!({
        "roles": ["editor", "me", "user"], "defaultRole": "user", "displayName": "Mira Okafor", "locale": "en",
        "metadata": null, "email": "mira@example.org", "emailVerified": true, "isAnonymous": false,
    });
    vec![
        (json!({}), Ok(defaults)),
        (everything, Ok(applied)),
        (json!({"allowedRoles": ["user"]}), Ok(json!({"roles": ["user"], "defaultRole": "user"}))),
        (json!({"defaultRole": "me"}), Ok(json!({"roles": ["editor", "me", "user"], "defaultRole": "me"}))),
        (json!({"locale": "fr"}), Ok(json!({"locale": "en"}))),
        (json!({"metadata": {}}), Ok(json!({"metadata": {}}))),
        (json!({"allowedRoles": ["admin"]}), Err("role-not-allowed")),
        (json!({"allowedRoles": ["user", "admin"]}), Err("role-not-allowed")),
        (json!({"allowedRoles": [""]}), Err("role-not-allowed")),
        (json!({"defaultRole": "admin"}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"allowedRoles": ["me"]}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"allowedRoles": ["me"], "defaultRole": "editor"}), Err("default-role-must-be-in-allowed-roles")),
        (json!({"displayName": "x".repeat(33)}), Err("invalid-request")),
        (json!({"displayName": ""}), Err("invalid-request")),
        (json!({"locale": "e"}), Err("invalid-request")),
        (json!({"locale": "engl"}), Err("invalid-request")),
        (json!({"metadata": [1]}), Err("invalid-request")),
        (json!({"redirectTo": "https://evil.test/"}), Err("redirectTo-not-allowed")),
        (json!({"redirectTo": ""}), Err("redirectTo-not-allowed")),
    ]
}

#[actix_web::test]
async fn sign_up_options_are_applied_on_all_four_routes() {
    let app = TestApp::new();
    let node = app.node_with("sign_up = { allowed_roles = ['me', 'editor'], allowed_locales = ['de'] }").await;
    for (options, expected) in cases() {
        for route in ROUTES {
            let end = route.enter(&app, &node, "mira", &options).await;
            match &expected {
                Err(error) => {
                    assert_eq!(end.word(), *error, "{options} {route:?}");
                    assert_eq!(app.count("users").await, 0, "{options} {route:?}");
                }
                Ok(expected) => {
                    let user = end.user();
                    for (key, value) in expected.as_object().expect("an object") {
                        assert_eq!(&user[key], value, "{options} {route:?}");
                    }
                    let others =
                        json!({"displayName": "Other", "defaultRole": "me", "locale": "de", "metadata": {"b": 1}});
                    assert_eq!(Route::BrowserIn.enter(&app, &node, "mira", &others).await.user(), user, "{route:?}");
                    clear(&app).await;
                }
            }
        }
    }
}

#[actix_web::test]
async fn display_name_falls_back_to_provider_then_subject() {
    let app = TestApp::new();
    let node = app.node().await;
    let user = Route::BrowserUp.enter(&app, &node, "rosa", &json!({})).await.user();
    assert_eq!(user["displayName"], "116611224433557799002");
}

#[actix_web::test]
async fn missing_picture_uses_gravatar_if_enabled() {
    let app = TestApp::new();
    let node = app.node_with("[sign_up]\ngravatar = { enabled = true, default = 'mp', rating = 'pg' }").await;
    let usual = app.node().await;
    for route in ROUTES {
        let rosa = route.enter(&app, &node, "rosa", &json!({})).await.user();
        let url = "https://www.gravatar.com/avatar/d288d723115af28310de51d90e7c5b48?d=mp&r=pg";
        assert_eq!(rosa["avatarUrl"], url, "{route:?}");
        clear(&app).await;
        assert_eq!(route.enter(&app, &usual, "rosa", &json!({})).await.user()["avatarUrl"], "");
        clear(&app).await;
    }
}
