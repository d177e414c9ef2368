//! What the handlers of this dialect share besides the worker's state: its paths, tokens, settings and hand-over sessions.

use std::time::Duration;

use url::Url;

use crate::domain::id::ProviderName;
use crate::domain::seal::{MasterKey, SealError, Sealer};
use crate::session::aufy_access_token::AufyAccessTokens;
use crate::settings::Aufy;

/// The two hand-over cookies, by what their ticket is for.
#[derive(Clone, Copy, Debug)]
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
    sign_in_sealer: Sealer,
    sign_up_sealer: Sealer,
}

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialect").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Dialect {
    /// The dialect of a server that browsers reach at `public_url`; `mount` is the path at which an embedding app
    /// mounted it, or empty. The keys of the hand-over cookies are derived from `masters`.
    ///
    /// # Errors
    /// [`SealError::NotSealed`] if there is no key.
    pub fn new(
        settings: Aufy,
        tokens: AufyAccessTokens,
        refresh_token_ttl: Duration,
        (public_url, mount): (&Url, String),
        masters: &[MasterKey],
    ) -> Result<Self, SealError> {
        Ok(Self {
            tokens,
            settings,
            refresh_token_ttl,
            origin: public_url.origin().ascii_serialization(),
            mount,
            sign_in_sealer: Sealer::new(masters, "hand-over cookie: sign-in")?,
            sign_up_sealer: Sealer::new(masters, "hand-over cookie: sign-up")?,
        })
    }

    /// The path of a route of the auth group, as browsers see it.
    pub(super) fn auth_path(&self, route: &str) -> String {
        format!("{}{}{route}", self.mount, self.settings.auth_path)
    }

    /// The redirect URI of a provider, as it is registered there.
    pub(super) fn redirect_uri(&self, provider: &ProviderName) -> String {
        format!("{}{}", self.origin, self.auth_path(&format!("/external/callback/{provider}")))
    }

    pub(super) fn session_sealer(&self, kind: HandOver) -> &Sealer {
        match kind {
            HandOver::SignIn => &self.sign_in_sealer,
            HandOver::SignUp => &self.sign_up_sealer,
        }
    }
}
