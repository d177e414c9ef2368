//! What is sealed into the cookie of the browser that started a flow, and all that is needed to go on with it
//! anywhere: on another node, after a restart, long after its actor was put to sleep.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::state::FlowId;
use crate::domain::clock::Timestamp;
use crate::domain::id::{ProviderName, SessionId, UserId};
use crate::domain::random::RandomSource;
use crate::domain::seal::{SealError, Sealer};
use crate::domain::secret::Secret;
use crate::user::options::SignUpOptions;

/// The most that a sealed flow may measure, in bytes of cookie text. Browsers drop cookies above 4 kB in silence,
/// and a browser may carry several flows.
pub const MAX_SEALED_LEN: usize = 2560;

/// The purpose for which flows are sealed.
pub const PURPOSE: &str = "flow: browser cookie";

/// What a flow ends in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// The person is signed in at the callback.
    #[default]
    #[serde(rename = "s")]
    SignIn,
    /// A ticket waits until the app asks for its person.
    #[serde(rename = "t")]
    Ticket,
    /// The same, but strangers fill in a form of the app first.
    #[serde(rename = "f")]
    TicketOrSignUpForm,
    /// A ticket waits until the person agrees that it is theirs.
    #[serde(rename = "l")]
    Link(UserId, SessionId),
}

/// A flow, as it is known between the start and the callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its `state`.
    pub id: FlowId,
    /// The provider.
    pub provider: ProviderName,
    /// The provider's settings as they were at the start.
    pub fingerprint: String,
    /// The redirect URI; the same bytes at both endpoints.
    pub redirect_uri: String,
    /// Where the browser returns to; checked again when it does.
    pub return_url: String,
    /// What the app wants echoed.
    pub client_state: Option<String>,
    /// The access token of the person who wants to connect. It never travels to a provider.
    pub connect: Option<Secret>,
    /// The app's `S256` challenge.
    pub code_challenge: Option<String>,
    /// Whether the person wants to become somebody new, and nobody who is there.
    pub is_sign_up: bool,
    /// The app's wishes for a new person.
    pub options: SignUpOptions,
    /// The PKCE verifier.
    pub verifier: Option<Secret>,
    /// The nonce of OpenID Connect.
    pub nonce: Option<Secret>,
    /// What it ends in.
    pub destination: Destination,
    /// What stands for the sign-in until the person has agreed; of OAuth 1.0a alone.
    pub temporary: Option<TemporaryCredentials>,
    /// When it is too late.
    pub expires_at: Timestamp,
}

/// TemporaryCredentials credentials (RFC 5849 section 1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct TemporaryCredentials {
    /// The request token, which travels through the browser.
    pub token: Secret,
    /// Its secret, which does not.
    pub secret: Secret,
}

/// What stands inside the seal; short names, because it is paid for with every request.
#[derive(Serialize, Deserialize)]
struct SealedFields<'a> {
    p: ProviderName,
    f: Cow<'a, str>,
    u: Cow<'a, str>,
    r: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    h: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    g: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    o: Cow<'a, SignUpOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(default, skip_serializing_if = "is_sign_in")]
    d: Destination,
    e: Timestamp,
}

fn is_sign_in(destination: &Destination) -> bool {
    *destination == Destination::SignIn
}

fn is_default(options: &SignUpOptions) -> bool {
    *options == SignUpOptions::default()
}

impl Flow {
    /// The flow as cookie text.
    ///
    /// # Errors
    /// [`SealError::NotSealed`]
    pub fn seal(&self, sealer: &Sealer, random: &dyn RandomSource) -> Result<String, SealError> {
        fn shown(secret: Option<&Secret>) -> Option<Cow<'_, str>> {
            secret.map(|secret| secret.expose().into())
        }
        let fields = SealedFields {
            p: self.provider.clone(),
            f: self.fingerprint.as_str().into(),
            u: self.redirect_uri.as_str().into(),
            r: self.return_url.as_str().into(),
            s: self.client_state.as_deref().map(Cow::from),
            c: shown(self.connect.as_ref()),
            h: self.code_challenge.as_deref().map(Cow::from),
            g: self.is_sign_up,
            o: Cow::Borrowed(&self.options),
            v: shown(self.verifier.as_ref()),
            n: shown(self.nonce.as_ref()),
            t: self.temporary.as_ref().map(|own| (own.token.expose().into(), own.secret.expose().into())),
            d: self.destination,
            e: self.expires_at,
        };
        let plaintext = Zeroizing::new(serde_json::to_vec(&fields).map_err(|_| SealError::NotSealed)?);
        sealer.seal_text(&plaintext, &[self.id.as_str()], random)
    }

    /// Opens what [`Self::seal`] closed for the flow of this `state`.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn open(sealed: &str, id: FlowId, sealer: &Sealer) -> Result<Self, SealError> {
        let plaintext = sealer.open_text(sealed, &[id.as_str()])?;
        let fields: SealedFields<'_> = serde_json::from_slice(&plaintext).map_err(|_| SealError::Broken)?;
        Ok(Self {
            id,
            provider: fields.p,
            fingerprint: fields.f.into_owned(),
            redirect_uri: fields.u.into_owned(),
            return_url: fields.r.into_owned(),
            client_state: fields.s.map(Cow::into_owned),
            connect: fields.c.map(Secret::new),
            code_challenge: fields.h.map(Cow::into_owned),
            is_sign_up: fields.g,
            options: fields.o.into_owned(),
            verifier: fields.v.map(Secret::new),
            nonce: fields.n.map(Secret::new),
            destination: fields.d,
            temporary: fields
                .t
                .map(|(token, secret)| TemporaryCredentials { token: Secret::new(token), secret: Secret::new(secret) }),
            expires_at: fields.e,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::random::OsRandom;
    use crate::domain::seal::MasterKey;

    pub(in crate::flow) fn flow() -> Flow {
        let now = Timestamp::from_seconds(1_800_000_000);
        Flow {
            id: FlowId::new(now, &OsRandom),
            provider: "google".parse().expect("a name"),
            fingerprint: "fp".to_owned(),
            redirect_uri: "https://auth.test/signin/provider/google/callback".to_owned(),
            return_url: "https://app.test/".to_owned(),
            client_state: Some("s t".to_owned()),
            connect: Some(Secret::new("a.b.c")),
            code_challenge: None,
            is_sign_up: true,
            options: SignUpOptions { locale: Some("de".to_owned()), ..SignUpOptions::default() },
            verifier: Some(Secret::new("v".repeat(43))),
            nonce: Some(Secret::new("n")),
            destination: Destination::TicketOrSignUpForm,
            temporary: Some(TemporaryCredentials { token: Secret::new("rt"), secret: Secret::new("rts") }),
            expires_at: now.plus(std::time::Duration::from_secs(600)),
        }
    }

    fn sealer() -> Sealer {
        Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key")
    }

    #[test]
    fn a_flow_opens_again_under_its_own_state_alone() {
        let flow = flow();
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert_eq!(Flow::open(&sealed, flow.id.clone(), &sealer()), Ok(flow.clone()));
        let other = FlowId::new(Timestamp::from_seconds(1), &OsRandom);
        assert_eq!(Flow::open(&sealed, other, &sealer()), Err(SealError::Broken));
        assert_eq!(Flow::open("nonsense", flow.id, &sealer()), Err(SealError::Broken));
    }

    #[test]
    fn a_plain_flow_is_small() {
        let flow =
            Flow { connect: None, client_state: None, temporary: None, options: SignUpOptions::default(), ..flow() };
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert!(sealed.len() < 512, "{} bytes", sealed.len());
    }
}
