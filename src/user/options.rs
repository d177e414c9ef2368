//! What an app may set for a new user, within what the operator allows.

use serde_json::Value;
use uuid::Uuid;

use super::gravatar;
use super::policy::PolicyError;
use crate::domain::clock::Timestamp;
use crate::domain::id::UserId;
use crate::domain::profile::ExternalProfile;
use crate::settings::SignUp;
use crate::store::users::User;

/// What the app sets. It is ignored for an existing user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignUpOptions {
    /// All roles of the user.
    pub allowed_roles: Option<Vec<String>>,
    /// The role that applies when a request names none.
    pub default_role: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
    /// Two or three letters.
    pub locale: Option<String>,
    /// A JSON object.
    pub metadata: Option<Value>,
}

impl SignUpOptions {
    /// The new user: from these options, else from the provider, else from the operator's defaults.
    ///
    /// # Errors
    /// [`PolicyError::RoleNotAllowed`] or [`PolicyError::DefaultRoleNotAllowed`].
    pub fn build_user(
        &self,
        id: Uuid,
        profile: &ExternalProfile,
        settings: &SignUp,
        now: Timestamp,
    ) -> Result<User, PolicyError> {
        let (default_role, roles) = self.roles(settings)?;
        let email = profile.email_address();
        let gravatar =
            || Some(gravatar::url(email.as_ref()?, &settings.gravatar)).filter(|_| settings.gravatar.enabled);
        let locale = self.locale.as_ref().filter(|locale| settings.allowed_locales.contains(locale));
        let display_name = self.display_name.as_ref().or(profile.name.as_ref()).unwrap_or(&profile.subject);
        Ok(User {
            id: UserId(id),
            created_at: now,
            display_name: display_name.clone(),
            avatar_url: profile.picture.clone().or_else(gravatar).unwrap_or_default(),
            locale: locale.unwrap_or(&settings.default_locale).clone(),
            email_verified: email.is_some() && profile.is_email_verified(),
            email: email.as_ref().map(|email| email.written().to_owned()),
            email_canonical: email.map(|email| email.canonical().to_owned()),
            default_role,
            roles,
            metadata: self.metadata.clone(),
            is_disabled: settings.new_users_disabled,
        })
    }

    fn roles(&self, settings: &SignUp) -> Result<(String, Vec<String>), PolicyError> {
        let default = self.default_role.as_ref().unwrap_or(&settings.default_role);
        let mut roles = match &self.allowed_roles {
            None => settings.allowed_roles.clone(),
            Some(requested) if requested.iter().all(|role| settings.allowed_roles.contains(role)) => requested.clone(),
            Some(_) => return Err(PolicyError::RoleNotAllowed),
        };
        if !roles.contains(default) {
            return Err(PolicyError::DefaultRoleNotAllowed);
        }
        roles.sort();
        roles.dedup();
        Ok((default.clone(), roles))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::claims::Claims;
    use crate::domain::profile::{EmailClaim, EmailTrust};
    use crate::settings::{Gravatar, Settings};

    fn settings() -> SignUp {
        let text = "mode = 'development'\n[sign_up]\nallowed_roles = ['me', 'editor']\nallowed_locales = ['de']";
        Settings::from_toml(text).expect("settings").sign_up
    }

    fn profile() -> ExternalProfile {
        ExternalProfile {
            provider: "google".parse().expect("a name"),
            subject: "104".to_owned(),
            email: Some(EmailClaim { email: "Mira@Example.org".to_owned(), trust: EmailTrust::Verified }),
            name: Some("Mira".to_owned()),
            picture: None,
            locale: Some("fr".to_owned()),
            claims: Claims::new(),
        }
    }

    fn build_user(options: &SignUpOptions, profile: &ExternalProfile) -> Result<User, PolicyError> {
        options.build_user(Uuid::from_u128(1), profile, &settings(), Timestamp::from_seconds(1))
    }

    #[test]
    fn options_default_to_the_provider_and_the_settings() {
        let user = build_user(&SignUpOptions::default(), &profile()).expect("allowed");
        assert_eq!(user.display_name, "Mira");
        assert_eq!(user.email.as_deref(), Some("Mira@Example.org"));
        assert_eq!(user.email_canonical.as_deref(), Some("mira@example.org"));
        assert_eq!((user.locale.as_str(), user.default_role.as_str()), ("en", "user"));
        assert_eq!(user.roles, ["editor", "me", "user"]);
        let unnamed = ExternalProfile { name: None, email: None, ..profile() };
        let user = build_user(&SignUpOptions::default(), &unnamed).expect("allowed");
        assert_eq!((user.display_name.as_str(), user.email, user.email_verified), ("104", None, false));
    }

    #[test]
    fn allowed_options_are_applied() {
        let options = SignUpOptions {
            allowed_roles: Some(vec!["editor".to_owned(), "me".to_owned()]),
            default_role: Some("editor".to_owned()),
            display_name: Some("M.".to_owned()),
            locale: Some("de".to_owned()),
            metadata: Some(json!({"a": 1})),
        };
        let user = build_user(&options, &profile()).expect("allowed");
        assert_eq!(user.roles, ["editor", "me"]);
        assert_eq!(
            (user.default_role.as_str(), user.display_name.as_str(), user.locale.as_str()),
            ("editor", "M.", "de")
        );
        assert_eq!(user.metadata, Some(json!({"a": 1})));
    }

    #[test]
    fn picture_is_the_providers_else_gravatars_if_enabled() {
        let on = SignUp { gravatar: Gravatar { enabled: true, ..settings().gravatar }, ..settings() };
        let with_picture = ExternalProfile { picture: Some("https://p.test/1.png".to_owned()), ..profile() };
        let without_email = ExternalProfile { email: None, ..profile() };
        for (settings, profile, expected) in [
            (settings(), profile(), ""),
            (on.clone(), with_picture, "https://p.test/1.png"),
            (on.clone(), profile(), "https://www.gravatar.com/avatar/6b29de32a3606455031cf93b2e69ad0a?d=blank&r=g"),
            (on, without_email, ""),
        ] {
            let (id, now) = (Uuid::from_u128(1), Timestamp::from_seconds(1));
            let user = SignUpOptions::default().build_user(id, &profile, &settings, now);
            assert_eq!(user.expect("allowed").avatar_url, expected);
        }
    }

    #[test]
    fn roles_outside_the_settings_are_refused() {
        let with = |allowed: Option<&[&str]>, default: Option<&str>| SignUpOptions {
            allowed_roles: allowed.map(|roles| roles.iter().map(|role| (*role).to_owned()).collect()),
            default_role: default.map(str::to_owned),
            locale: Some("xx".to_owned()),
            ..SignUpOptions::default()
        };
        for (allowed, default, refusal) in [
            (Some(["admin"].as_slice()), None, PolicyError::RoleNotAllowed),
            (Some(&[""]), None, PolicyError::RoleNotAllowed),
            (Some(&["me", ""]), None, PolicyError::RoleNotAllowed),
            (Some(&["me"]), None, PolicyError::DefaultRoleNotAllowed),
            (Some(&[]), None, PolicyError::DefaultRoleNotAllowed),
            (Some(&["me"]), Some("editor"), PolicyError::DefaultRoleNotAllowed),
            (None, Some("admin"), PolicyError::DefaultRoleNotAllowed),
        ] {
            assert_eq!(build_user(&with(allowed, default), &profile()), Err(refusal));
        }
        assert_eq!(build_user(&with(None, None), &profile()).map(|user| user.locale).as_deref(), Ok("en"));
    }
}
