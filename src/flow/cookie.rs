//! A flow as a value, and its sealed form: the cookie of the browser that began it.
//!
//! The cookie holds all that is needed to resume the flow on another node, after a restart, or after eviction.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::intent::{FlowIntent, LinkingSession};
use super::state::FlowId;
use crate::domain::clock::Timestamp;
use crate::domain::id::ProviderName;
use crate::domain::random::RandomSource;
use crate::domain::seal::{SealError, Sealer};
use crate::domain::secret::Secret;
use crate::user::messages::Credential;
use crate::user::options::SignUpOptions;

/// The maximum size of a sealed flow, in bytes of cookie text. Browsers silently drop cookies above 4 kB, and a browser
/// may have several flows.
pub const MAX_SEALED_LEN: usize = 2560;

/// The purpose of the sealing key.
pub const PURPOSE: &str = "flow: browser cookie";

/// A flow between its start and its callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its id, the `state`.
    pub id: FlowId,
    /// The provider.
    pub provider: ProviderName,
    /// The fingerprint of the provider's settings at the start.
    pub fingerprint: String,
    /// The redirect URI; authorization and token request must send the same.
    pub redirect_uri: String,
    /// Where the browser returns to; checked again when it does.
    pub return_url: String,
    /// The app's `state`, returned to it in the end.
    pub client_state: Option<String>,
    /// What the flow is for.
    pub intent: FlowIntent,
    /// Options for a new account.
    pub options: SignUpOptions,
    /// The PKCE verifier.
    pub verifier: Option<Secret>,
    /// The nonce of OpenID Connect.
    pub nonce: Option<Secret>,
    /// Of OAuth 1.0a: the temporary credentials of this sign-in.
    pub temporary: Option<TemporaryCredentials>,
    /// The deadline of the callback.
    pub expires_at: Timestamp,
}

/// TemporaryCredentials credentials (RFC 5849 section 1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct TemporaryCredentials {
    /// The request token, part of URLs.
    pub token: Secret,
    /// Its secret, which is not.
    pub secret: Secret,
}

/// The sealed fields; the names are short because the browser sends them with every request.
#[derive(Serialize, Deserialize)]
struct SealedFields<'a> {
    p: ProviderName,
    f: Cow<'a, str>,
    u: Cow<'a, str>,
    r: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<Cow<'a, str>>,
    i: SealedIntent<'a>,
    #[serde(default, skip_serializing_if = "is_default")]
    o: Cow<'a, SignUpOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<(Cow<'a, str>, Cow<'a, str>)>,
    e: Timestamp,
}

/// [`FlowIntent`], with the `codeChallenge` of a credential in the place of the credential.
#[derive(Serialize, Deserialize)]
enum SealedIntent<'a> {
    #[serde(rename = "i")]
    SignIn(Option<Cow<'a, str>>),
    #[serde(rename = "u")]
    SignUp(Option<Cow<'a, str>>),
    #[serde(rename = "h")]
    HandOver(bool),
    #[serde(rename = "c")]
    Connect(Cow<'a, str>),
    #[serde(rename = "l")]
    Link(LinkingSession),
}

impl<'a> From<&'a FlowIntent> for SealedIntent<'a> {
    fn from(intent: &'a FlowIntent) -> Self {
        fn challenge(credential: &Credential) -> Option<Cow<'_, str>> {
            match credential {
                Credential::RefreshToken => None,
                Credential::Code { challenge } => Some(challenge.as_str().into()),
            }
        }
        match intent {
            FlowIntent::SignIn(credential) => Self::SignIn(challenge(credential)),
            FlowIntent::SignUp(credential) => Self::SignUp(challenge(credential)),
            FlowIntent::HandOver { sign_up_form } => Self::HandOver(*sign_up_form),
            FlowIntent::Connect(token) => Self::Connect(token.expose().into()),
            FlowIntent::Link(session) => Self::Link(*session),
        }
    }
}

impl From<SealedIntent<'_>> for FlowIntent {
    fn from(sealed: SealedIntent<'_>) -> Self {
        fn credential(challenge: Option<Cow<'_, str>>) -> Credential {
            match challenge {
                None => Credential::RefreshToken,
                Some(challenge) => Credential::Code { challenge: challenge.into_owned() },
            }
        }
        match sealed {
            SealedIntent::SignIn(challenge) => Self::SignIn(credential(challenge)),
            SealedIntent::SignUp(challenge) => Self::SignUp(credential(challenge)),
            SealedIntent::HandOver(sign_up_form) => Self::HandOver { sign_up_form },
            SealedIntent::Connect(token) => Self::Connect(Secret::new(token)),
            SealedIntent::Link(session) => Self::Link(session),
        }
    }
}

fn is_default(options: &SignUpOptions) -> bool {
    *options == SignUpOptions::default()
}

impl Flow {
    /// The value of the flow's cookie.
    ///
    /// # Errors
    /// [`SealError::NotSealed`]
    pub fn seal(&self, sealer: &Sealer, random: &dyn RandomSource) -> Result<String, SealError> {
        fn exposed(secret: Option<&Secret>) -> Option<Cow<'_, str>> {
            secret.map(|secret| secret.expose().into())
        }
        let fields = SealedFields {
            p: self.provider.clone(),
            f: self.fingerprint.as_str().into(),
            u: self.redirect_uri.as_str().into(),
            r: self.return_url.as_str().into(),
            s: self.client_state.as_deref().map(Cow::from),
            i: (&self.intent).into(),
            o: Cow::Borrowed(&self.options),
            v: exposed(self.verifier.as_ref()),
            n: exposed(self.nonce.as_ref()),
            t: self.temporary.as_ref().map(|own| (own.token.expose().into(), own.secret.expose().into())),
            e: self.expires_at,
        };
        let plaintext = Zeroizing::new(serde_json::to_vec(&fields).map_err(|_| SealError::NotSealed)?);
        sealer.seal_text(&plaintext, &[self.id.as_str()], random)
    }

    /// Opens a cookie of the flow with this id.
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
            intent: fields.i.into(),
            options: fields.o.into_owned(),
            verifier: fields.v.map(Secret::new),
            nonce: fields.n.map(Secret::new),
            temporary: fields
                .t
                .map(|(token, secret)| TemporaryCredentials { token: Secret::new(token), secret: Secret::new(secret) }),
            expires_at: fields.e,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::id::{SessionId, UserId};
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
            intent: FlowIntent::HandOver { sign_up_form: true },
            options: SignUpOptions { locale: Some("de".to_owned()), ..SignUpOptions::default() },
            verifier: Some(Secret::new("v".repeat(43))),
            nonce: Some(Secret::new("n")),
            temporary: Some(TemporaryCredentials { token: Secret::new("rt"), secret: Secret::new("rts") }),
            expires_at: now.plus(std::time::Duration::from_secs(600)),
        }
    }

    fn sealer() -> Sealer {
        Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key")
    }

    #[test]
    fn sealed_flow_opens_under_its_own_state_only() {
        let flow = flow();
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert_eq!(Flow::open(&sealed, flow.id.clone(), &sealer()), Ok(flow.clone()));
        let other = FlowId::new(Timestamp::from_seconds(1), &OsRandom);
        assert_eq!(Flow::open(&sealed, other, &sealer()), Err(SealError::Broken));
        assert_eq!(Flow::open("nonsense", flow.id, &sealer()), Err(SealError::Broken));
    }

    #[test]
    fn sealed_flow_keeps_every_intent() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        let session = LinkingSession { user_id: UserId(Uuid::from_u128(1)), session_id: SessionId(Uuid::from_u128(2)) };
        for intent in [
            FlowIntent::SignIn(Credential::RefreshToken),
            FlowIntent::SignIn(Credential::Code { challenge: challenge.clone() }),
            FlowIntent::SignUp(Credential::RefreshToken),
            FlowIntent::SignUp(Credential::Code { challenge }),
            FlowIntent::HandOver { sign_up_form: false },
            FlowIntent::Connect(Secret::new("a.b.c")),
            FlowIntent::Link(session),
        ] {
            let flow = Flow { intent, ..flow() };
            let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
            assert_eq!(Flow::open(&sealed, flow.id.clone(), &sealer()), Ok(flow));
        }
    }

    #[test]
    fn sealed_flow_without_options_is_small() {
        let flow = Flow { client_state: None, temporary: None, options: SignUpOptions::default(), ..flow() };
        let sealed = flow.seal(&sealer(), &OsRandom).expect("sealed");
        assert!(sealed.len() < 512, "{} bytes", sealed.len());
    }
}
