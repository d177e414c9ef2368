//! The URL of a user's picture at gravatar.com. The server never fetches it.

use md5::{Digest, Md5};
use url::form_urlencoded::byte_serialize;

use crate::domain::email::EmailAddress;
use crate::settings::Gravatar;

/// The URL of the picture: the MD5 of the email in lower case.
#[must_use]
pub fn url(email: &EmailAddress, settings: &Gravatar) -> String {
    let digest = Md5::digest(email.written().to_lowercase());
    let name: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let [default, rating] =
        [&settings.default, &settings.rating].map(|text| byte_serialize(text.as_bytes()).collect::<String>());
    format!("https://www.gravatar.com/avatar/{name}?d={default}&r={rating}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_the_one_of_gravatars_documentation() {
        let settings = |default: &str| Gravatar { enabled: true, default: default.to_owned(), rating: "g".to_owned() };
        let email = EmailAddress::parse("MyEmailAddress@example.com").expect("an email");
        // The example of Gravatar's own documentation.
        let name = "https://www.gravatar.com/avatar/0bc83cb571cd1c50ba6f3e8a78ef1346";
        assert_eq!(url(&email, &settings("blank")), format!("{name}?d=blank&r=g"));
        let with_picture = url(&email, &settings("https://x.test/a.png?b=1&c"));
        assert_eq!(with_picture, format!("{name}?d=https%3A%2F%2Fx.test%2Fa.png%3Fb%3D1%26c&r=g"));
    }
}
