//! The closed list of causes: why a sign-in ended as it did, the likely reason and the fix, in plain words.

use serde::{Deserialize, Serialize};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $outcome:ident $code:literal $reason:literal $fix:literal;)*) => {
        /// Why a sign-in ended as it did.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Cause { $($(#[$doc])* #[serde(rename = $code)] $name,)* }

        impl Cause {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its stable name.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// The outcome that goes with it.
            #[must_use]
            pub fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome),* }
            }

            /// The likely reason.
            #[must_use]
            pub fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason),* }
            }

            /// What to do about it; empty if there is nothing to do.
            #[must_use]
            pub fn fix(self) -> &'static str {
                match self { $(Self::$name => $fix),* }
            }
        }
    };
}

/// How a flow stands, as a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Signed in, or linked.
    SignedIn,
    /// Something else has to happen first.
    Waiting,
    /// The user decided otherwise, or left.
    Ended,
    /// It failed.
    Failed,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SignedIn, Self::Waiting, Self::Ended, Self::Failed];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed-in",
            Self::Waiting => "waiting",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

causes! {
    /// It worked.
    SignedIn SignedIn "signed-in" "The user is signed in, or the identity is linked." "";
    /// Verification is outstanding.
    AwaitsVerification Waiting "awaits-verification" "The account exists, but its e-mail address is not verified, and sign_up.verified_email_required is on." "Verify the address (`vouchsafe users verify-email`), or let the user sign in with a provider that verifies it.";
    /// The ticket is not redeemed.
    AwaitsApp Waiting "awaits-app" "The callback is done; the app has not redeemed its ticket." "Look why the app does not post to signin/external or signup/external: the hand-over cookie lives for aufy.sign_in_ticket_ttl and is not sent across sites on plain http.";
    /// The link is not confirmed.
    AwaitsConfirmation Waiting "awaits-confirmation" "The user has not confirmed the link on the confirmation page." "";
    /// Nobody has come back so far.
    AtProvider Waiting "at-provider" "The user is at the provider." "";
    /// Nobody came back.
    Abandoned Ended "abandoned" "Nobody came back from the provider within flow.ttl: the user left, or the provider showed an error page of its own." "If many flows of this provider end so, try it: an error page there usually means that the client id or the redirect URI is not the registered one.";
    /// A user's no.
    UserDenied Ended "user-denied" "The user denied consent at the provider." "";
    /// Repeated callback.
    CallbackRepeated Ended "callback-repeated" "The callback came again, by the back button, a reload or a prefetch; another one had been accepted." "";

    /// The state is altered.
    StateForeign Failed "state-foreign" "The state in the callback is none that this server issued: the URL was altered, or it is meant for another server." "Compare the host of the callback with server.public_url; look for proxies and apps that rewrite the query.";
    /// No cookies at all.
    CookiesBlocked Failed "cookies-blocked" "The browser sent no cookies: it blocks them, or the callback was opened in another browser than the start, as apps with an embedded browser do." "Start and finish in the same browser. Look whether the app opens the provider in an in-app browser, and whether start and callback have the same host (www or not, http or https).";
    /// Another browser or a lost cookie.
    OtherBrowser Failed "other-browser" "The browser sent cookies, but none of a sign-in: the sign-in began in another browser or on another host, or the browser dropped the cookie." "Start and finish on the host of server.public_url and in the same browser.";
    /// Newer flows pushed it out.
    SecondTab Failed "second-tab" "The browser has other sign-ins under way, but not this one: it was used in another tab, or newer ones replaced it (a browser keeps five)." "Sign in again in this tab.";
    /// Keys changed, or the cookie was altered.
    CookieUnreadable Failed "cookie-unreadable" "The cookie of the sign-in cannot be opened: the keys of keys.vault changed without the old one being kept, nodes have different keys, or the cookie was altered." "Give all nodes the same keys.vault, and keep the old key when you rotate (`vouchsafe keys rotate`).";
    /// Wrong route.
    OtherProviderCallback Failed "other-provider-callback" "The callback came at the route of another provider or dialect than the one that the sign-in began with." "Look whether the redirect URI at the provider is the one of this provider.";
    /// Settings changed meanwhile.
    SettingsChanged Failed "settings-changed" "The provider's settings (client id, endpoints) changed while the user was at the provider, or nodes have different settings." "Sign in again. Give all nodes the same settings.";
    /// Too late.
    FlowExpired Failed "flow-expired" "The user took longer than flow.ttl, or opened an old tab." "Sign in again. If users need longer, raise flow.ttl.";

    /// RFC 9207 missing.
    IssuerMissing Failed "issuer-missing" "The callback does not name its issuer, although the provider's metadata announces it (RFC 9207)." "Look for a proxy that drops `iss` from the query.";
    /// RFC 9207 mismatch.
    IssuerOfOtherProvider Failed "issuer-of-other-provider" "The callback names another issuer: a mix-up of two providers, or an issuer that is not written as the provider writes it." "Write `issuer` byte for byte as in the provider's metadata.";
    /// A broken callback.
    CallbackMalformed Failed "callback-malformed" "The callback has no usable code: it was altered, cut, or is not an answer of this provider." "Look for a proxy or an app that changes or shortens the query.";
    /// Provider's redirect URI complaint.
    RedirectUriMismatch Failed "redirect-uri-mismatch" "The provider does not accept the redirect URI." "Register the redirect URI that `vouchsafe doctor` prints, character by character: scheme, host, port, path, no trailing slash.";
    /// Scope.
    ScopeRefused Failed "scope-refused" "The provider refuses a scope." "Remove it from providers.NAME.scopes, or allow it for the client at the provider.";
    /// Client not allowed.
    ClientNotAllowed Failed "client-not-allowed" "The provider does not let this client do this: it is disabled, not approved, or for users of one organisation only." "Look at the client's status, type and approved users at the provider.";
    /// Needs interaction.
    InteractionRequired Failed "interaction-required" "The provider needs the user to sign in or consent there, which the request forbids." "Remove prompt=none from providers.NAME.parameters, or from the request of the app.";
    /// Provider-side unverified e-mail.
    EmailUnverifiedAtProvider Failed "email-unverified-at-provider" "The user has not verified an e-mail address at the provider." "The user verifies the address there and signs in again.";
    /// Another error.
    ProviderReported Failed "provider-reported" "The provider reported an error of its own." "Its code is in the timeline; the provider's documentation explains it.";
    /// Temporary.
    ProviderTemporarilyUnavailable Failed "provider-temporarily-unavailable" "The provider says that it cannot serve the request now." "Wait; look at the provider's status page.";

    /// Unreachable.
    ProviderDown Failed "provider-down" "There was no connection to the provider, or it broke off." "Look at the provider's status page, and at DNS and outgoing connections of this machine.";
    /// Slow.
    ProviderSlow Failed "provider-slow" "The provider did not answer within upstream.timeout." "Look at the provider's status page and at the network; raise upstream.timeout if it is always slow.";
    /// 5xx.
    ProviderBroken Failed "provider-broken" "The provider answered with a server error." "Wait; look at the provider's status page.";
    /// TLS.
    ProviderCertificate Failed "provider-certificate" "There was no secure connection to the provider: its certificate is expired, for another name, or from an unknown authority." "For a private certificate authority set upstream.ca_file; else mend the certificate.";
    /// Breaker.
    CircuitOpen Failed "circuit-open" "The provider failed several times in a row and is not called for some seconds." "Look at the failures before this one.";
    /// Our own policy.
    UrlForbidden Failed "url-forbidden" "An endpoint is on a private network or plain http, which the settings do not allow." "Use a public https URL, or set upstream.allow_private_networks = true if the provider is yours.";
    /// Wrong URL.
    EndpointWrong Failed "endpoint-wrong" "An endpoint did not answer as such: another status, no JSON, or an incomplete answer." "Compare the provider's endpoints and issuer in the settings with its documentation (`vouchsafe doctor`).";
    /// Metadata of another issuer.
    MetadataOfOtherIssuer Failed "metadata-of-other-issuer" "The provider's metadata names another issuer than the settings." "Write `issuer` byte for byte as in the provider's metadata.";
    /// 401/403 of the profile.
    ProfileRefused Failed "profile-refused" "The provider refused to show the profile: a scope or a permission is missing." "Add the scope for profile and e-mail to providers.NAME.scopes and allow it at the provider.";

    /// Wrong secret.
    ClientSecretWrong Failed "client-secret-wrong" "The provider does not accept client id and secret: wrong, expired, or of another client." "Copy both again from the provider's console, or create a new secret; some expire after months.";
    /// White space.
    ClientSecretWhiteSpace Failed "client-secret-white-space" "The provider does not accept the secret, and the secret in the settings begins or ends with white space." "Remove the white space around client_secret.";
    /// Key.
    ClientKeyRefused Failed "client-key-refused" "The provider does not accept the assertion that is signed with the private key: the key was revoked or expired, or key_id, team_id or client_id do not belong to it." "Compare private_key, key_id, team_id and client_id with the provider's console; create a new key if it was revoked.";
    /// Method.
    ClientAuthenticationMissing Failed "client-authentication-missing" "The provider wants the client to authenticate, and no secret is configured." "Set client_secret (or private_key), or register a public client.";
    /// Code.
    CodeRefused Failed "code-refused" "The provider does not accept the code: it was used before, has expired, or belongs to another client, redirect URI or verifier." "Sign in again. If it happens always: the redirect URI must be the same at the provider and here, and nothing may open the callback before the browser does (link scanners, prefetch).";
    /// Request.
    TokenRequestRefused Failed "token-request-refused" "The provider refuses the token request as such." "Its code is in the timeline; compare client_authentication and pkce with the provider's documentation.";
    /// PAR.
    AuthorizationRequestRefused Failed "authorization-request-refused" "The provider refuses the authorization request that was sent to it before the redirect." "Its code is in the timeline; compare scopes and parameters, or set pushed_authorization = false.";

    /// No id_token.
    IdTokenMissing Failed "id-token-missing" "The provider issued no id_token." "Add the scope openid.";
    /// Unreadable or odd.
    IdTokenMalformed Failed "id-token-malformed" "The id_token is not one that OpenID Connect allows." "Compare issuer and type with the provider; an OAuth 2.0 provider is type = \"oauth2\".";
    /// alg.
    IdTokenAlgorithm Failed "id-token-algorithm" "The id_token is signed with an algorithm that is not allowed." "Set providers.NAME.id_token_algorithms to what the provider uses, or change it there; HS256 and none are never accepted.";
    /// Key or signature.
    IdTokenSignature Failed "id-token-signature" "No published key of the provider made the signature of the id_token." "Look whether jwks_url belongs to this provider; a rotation is picked up within a minute.";
    /// aud.
    IdTokenAudience Failed "id-token-audience" "The id_token is for another client." "Compare client_id with the provider's console.";
    /// iss.
    IdTokenIssuer Failed "id-token-issuer" "The id_token is from another issuer than configured, such as another tenant." "Compare issuer and tenant with the token's; they are compared byte for byte.";
    /// nonce.
    IdTokenNonce Failed "id-token-nonce" "The id_token belongs to another sign-in: a mix-up at the provider, or a replay." "Sign in again; report it to the provider if it repeats.";
    /// Not authenticated recently.
    IdTokenAuthTime Failed "id-token-auth-time" "The app asked for a recent sign-in at the provider (max_age), and the id_token does not prove one: its auth_time is missing or too old." "Sign in again at the provider. If it sends no auth_time, it does not support max_age, so the app cannot ask for it.";
    /// exp.
    IdTokenExpired Failed "id-token-expired" "The id_token had expired when it arrived: the clock of this machine is ahead, or the provider's is behind." "Synchronise the clock (NTP); `vouchsafe doctor` compares it with the providers.";
    /// iat, nbf.
    ClockSkew Failed "clock-skew" "The id_token is from the future: the clock of this machine is behind, or the provider's is ahead." "Synchronise the clock (NTP); `vouchsafe doctor` compares it with the providers.";
    /// Other claims.
    IdTokenClaim Failed "id-token-claim" "A claim of the id_token is missing or wrong." "Compare the provider's settings with its documentation.";
    /// No id.
    ProfileWithoutId Failed "profile-without-id" "The profile has no id of the user." "Set providers.NAME.claims.id to the field that has it.";
    /// Another subject.
    ProfileOfOtherUser Failed "profile-of-other-user" "The profile is about another user than the id_token." "Report it to the provider.";
    /// No endpoint.
    ProfileEndpointMissing Failed "profile-endpoint-missing" "The provider's metadata names no userinfo endpoint." "Set providers.NAME.userinfo_url.";
    /// Blocked there.
    NotAllowedByProvider Failed "not-allowed-by-provider" "The provider's profile says that this user may not sign in: blocked there, or of another tenant." "Compare providers.NAME.tenant; look at the user at the provider.";

    /// Account disabled.
    AccountDisabled Failed "account-disabled" "The account is disabled, or new accounts start disabled (sign_up.new_users_disabled)." "`vouchsafe users enable`, if the user may sign in.";
    /// E-mail not verified.
    EmailNotVerified Failed "email-not-verified" "The e-mail address is not verified by this provider, and an account with it exists or a verified one is required." "The user signs in with the provider that verified the address, or verifies it at this provider.";
    /// E-mail lists.
    EmailNotAllowed Failed "email-not-allowed" "The e-mail address is not allowed by the lists in sign_up, or a required one is missing." "Compare sign_up.allowed_* and blocked_*; ask the provider for the e-mail scope.";
    /// Sign-up disabled.
    SignUpDisabled Failed "sign-up-disabled" "There is no account for this identity, and sign_up.enabled is off." "Set sign_up.enabled = true, or link the identity to an existing account.";
    /// Unknown user.
    UserUnknown Failed "user-unknown" "There is no account for this identity, and this route does not create one." "Send new users to /signup/provider/{provider}, or set sign_up.create_on_sign_in = true.";
    /// Linked already.
    IdentityLinkedAlready Failed "identity-linked-already" "The identity belongs to an account already." "Sign in with it, or unlink it there first.";
    /// Account exists.
    AccountExists Failed "account-exists" "An account with this identity or e-mail address exists, and may not be entered this way." "The user signs in as before and links this provider there; see sign_up.link_by_verified_email.";
    /// Session.
    SessionNotFresh Failed "session-not-fresh" "The session that asks for the link has ended or is not fresh." "The user signs in once more and links within session.reauthentication_window.";
    /// Roles.
    RoleNotAllowed Failed "role-not-allowed" "The app asks for a role that is not allowed." "Compare the request with sign_up.allowed_roles.";
    /// Hook.
    RejectedByApp Failed "rejected-by-app" "The embedding app refused the new user." "Look at the app's hook.";
    /// Hook without an answer.
    HookFailed Failed "hook-failed" "A hook of the embedding app did not answer in time, panicked, or said that it cannot answer." "The log has the hook's error under this flow's id.";
    /// Ticket.
    TicketInvalid Failed "ticket-invalid" "The ticket was redeemed before, or has expired." "The app redeems once and soon: aufy.sign_in_ticket_ttl and sign_up_ticket_ttl.";

    /// Return URL.
    ReturnUrlNotAllowed Failed "return-url-not-allowed" "The return URL is not on the allow-list." "Add it to client.allowed_redirect_urls.";
    /// Off.
    ProviderDisabled Failed "provider-disabled" "The provider is not configured." "Add [providers.NAME], or remove its button.";
    /// Too large.
    OptionsTooLarge Failed "options-too-large" "What the app sends along does not fit into the cookie." "Send less metadata, or a shorter return URL.";
    /// Scope of the app.
    ScopeNotAllowed Failed "scope-not-allowed" "The app asks for a scope that it may not ask for." "Add the scope to providers.NAME.allowed_scopes, or let the app ask for less.";
    /// Ours.
    DatabaseUnavailable Failed "database-unavailable" "The database was out of reach or too slow." "Look at the database, and at the log around this time.";
    /// Ours.
    Overloaded Failed "overloaded" "Too much was under way at once, or something did not answer in time." "Look at the metrics; raise server.max_in_flight if the machine is idle.";
    /// Ours.
    InternalError Failed "internal-error" "A defect or a misconfiguration of this server." "The log has the details under this flow's id.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_causes_are_the_causes() {
        let page = include_str!("../../docs/flows.md");
        let row = |cause: &Cause| {
            let (code, outcome) = (cause.code(), cause.outcome().as_str());
            format!("| `{code}` | {outcome} | {} | {} |", cause.reason(), cause.fix())
        };
        let rows: Vec<_> = Cause::ALL.iter().map(row).collect();
        let table = page.lines().skip_while(|line| !line.starts_with("| Cause |"));
        let documented: Vec<_> = table.filter(|line| line.starts_with("| `")).collect();
        assert_eq!(documented, rows);
    }

    #[test]
    fn each_cause_has_a_code_a_reason_and_failures_a_fix() {
        let codes: std::collections::BTreeSet<_> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        assert_eq!(codes.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            assert!(cause.reason().ends_with('.'), "{cause:?}");
            assert!(cause.outcome() != Outcome::Failed || cause.fix().ends_with('.'), "{cause:?}");
            assert_eq!(serde_json::to_value(cause).expect("JSON"), cause.code());
        }
    }
}
