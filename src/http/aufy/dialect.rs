//! What the handlers of this dialect share besides the worker's state: its paths, tokens, settings and cookie keys.

use std::time::Duration;

use actix_web::cookie::Key;
use url::Url;

use crate::domain::id::ProviderName;
use crate::domain::seal::MasterKey;
use crate::session::aufy_access_token::AufyAccessTokens;
use crate::settings::Aufy;

/// The two hand-over cookies, by what their ticket is for.
#[derive(Clone, Copy)]
pub(super) enum HandOver {
    /// `signin/external`, or a link.
    SignIn,
    /// `signup/external`.
    SignUp,
}

/// The state of the dialect in one process.
#[derive(Clone)]
pub struct Dialect {
    /// Issues and verifies its access tokens.
    pub tokens: AufyAccessTokens,
    /// Its settings.
    pub settings: Aufy,
    /// The lifetime of refresh tokens.
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
    /// The dialect of a server that browsers reach at `public_url`; `mount` is the path at which an embedding app
    /// mounted it, or empty. The keys of the hand-over cookies are derived from `master`.
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

    /// The path of a route of the auth group, as browsers see it.
    pub(super) fn auth_path(&self, route: &str) -> String {
        format!("{}{}{route}", self.mount, self.settings.auth_path)
    }

    /// The redirect URI of a provider, as it is registered there.
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
