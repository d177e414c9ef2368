//! What the handlers of this dialect share besides the http: where it is mounted, its tokens, its settings.

use std::time::Duration;

use actix_web::cookie::Key;
use url::Url;

use crate::domain::id::ProviderName;
use crate::domain::seal::MasterKey;
use crate::session::aufy_access_token::AufyAccessTokens;
use crate::settings::Aufy;

/// What the app gets handed over by cookie.
#[derive(Clone, Copy)]
pub(super) enum HandOver {
    /// A ticket to sign in with.
    SignIn,
    /// A ticket for the sign-up form.
    SignUp,
}

/// The dialect, as one process speaks it.
#[derive(Clone)]
pub struct Dialect {
    /// Issues and verifies its access tokens.
    pub tokens: AufyAccessTokens,
    /// Its settings.
    pub settings: Aufy,
    /// The life of refresh tokens.
    pub refresh_token_ttl: Duration,
    origin: String,
    mount: String,
    sign_in_key: Key,
    sign_up_key: Key,
}

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialect").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Dialect {
    /// The dialect of a server whose world reaches it at `public_url`; `mount` is the path at which an embedding app
    /// put it, or empty. `master` seals its hand-over cookies, each with a key of its own.
    #[must_use]
    pub fn new(
        settings: Aufy,
        tokens: AufyAccessTokens,
        refresh_token_ttl: Duration,
        (public_url, mount): (&Url, String),
        master: &MasterKey,
    ) -> Self {
        let key = |purpose| Key::derive_from(master.derive(purpose).as_slice());
        Self {
            tokens,
            settings,
            refresh_token_ttl,
            origin: public_url.origin().ascii_serialization(),
            mount,
            sign_in_key: key("hand-over cookie: sign-in"),
            sign_up_key: key("hand-over cookie: sign-up"),
        }
    }

    /// The origin of our own pages.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The path of a route of the auth group, as browsers see it.
    pub(super) fn auth_path(&self, route: &str) -> String {
        format!("{}{}{route}", self.mount, self.settings.auth_path)
    }

    /// Where the provider sends browsers: registered there, so always the same text.
    pub(super) fn redirect_uri(&self, provider: &ProviderName) -> String {
        format!("{}{}", self.origin, self.auth_path(&format!("/external/callback/{provider}")))
    }

    pub(super) fn key(&self, kind: HandOver) -> &Key {
        match kind {
            HandOver::SignIn => &self.sign_in_key,
            HandOver::SignUp => &self.sign_up_key,
        }
    }
}
