//! The section `session`: our own tokens, their lifetimes and their custom claims.

use std::time::Duration;

use super::reader::Section;
use super::reader::duration::TEN_YEARS;
use super::reader::error::Problem;
use super::server::Server;
use super::warnings::Risk;
use crate::domain::claims::ClaimRule;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Our own tokens.
#[derive(Clone, Debug)]
pub struct Session {
    /// `session.access_token_ttl`
    pub access_token_ttl: Duration,
    /// `session.refresh_token_ttl`: extended by each use.
    pub refresh_token_ttl: Duration,
    /// `session.refresh_grace`: how long the immediate predecessor still gets the same successor.
    pub refresh_grace: Duration,
    /// `session.issuer`: the `iss` of access tokens; `server.public_url` if not set.
    pub issuer: String,
    /// `session.claims_namespace`: the claim that holds roles and user id.
    pub claims_namespace: String,
    /// `session.code_ttl`: lifetime of the one-time code of a flow with `codeChallenge`.
    pub code_ttl: Duration,
    /// `session.reauthentication_window`: how long after a sign-in its session may link and unlink providers.
    pub reauthentication_window: Duration,
    /// `session.custom_claims`: further claims of access tokens.
    pub custom_claims: CustomClaims,
}

/// Further claims of access tokens, by the document that they are read from.
#[derive(Clone, Debug, Default)]
pub struct CustomClaims {
    /// Paths that begin with `metadata.`: read from the user whenever a token is issued.
    pub metadata: Vec<ClaimRule>,
    /// Paths that begin with `profile.`: read from the provider's own document when a session begins.
    pub profile: Vec<ClaimRule>,
}

pub(super) fn read(mut section: Section<'_>, server: Option<&Server>) -> Session {
    let issuer = section.text("issuer").or_else(|| server.map(Server::public_base));
    let namespace = section.text("claims_namespace");
    let custom_claims = custom_claims(&mut section);
    let access_token_ttl = section.duration("access_token_ttl", SECOND..=TEN_YEARS).unwrap_or(15 * MINUTE);
    if access_token_ttl > DAY {
        section.warn("access_token_ttl", Risk::AccessTokensLongLived);
    }
    Session {
        access_token_ttl,
        refresh_token_ttl: section.duration("refresh_token_ttl", SECOND..=TEN_YEARS).unwrap_or(30 * DAY),
        refresh_grace: section.duration("refresh_grace", Duration::ZERO..=HOUR).unwrap_or(10 * SECOND),
        issuer: issuer.unwrap_or_default(),
        claims_namespace: namespace.unwrap_or_else(|| "https://hasura.io/jwt/claims".to_owned()),
        code_ttl: section.duration("code_ttl", SECOND..=HOUR).unwrap_or(5 * MINUTE),
        reauthentication_window: section.duration("reauthentication_window", SECOND..=TEN_YEARS).unwrap_or(HOUR),
        custom_claims,
    }
}

fn custom_claims(section: &mut Section<'_>) -> CustomClaims {
    let is_claim = |name: &str| match ClaimRule::name_of(name) {
        Some(_) => Ok(()),
        None => Err(Problem::from("is no name for a claim: letters, digits, '-' and '_', and none of our own")),
    };
    let paths = section.text_map("custom_claims", is_claim);
    let mut defaults = section.text_map("custom_claim_defaults", is_claim);
    let mut claims = CustomClaims::default();
    for (name, path) in paths {
        let key = format!("custom_claims.{name}");
        let (document, rest) = path.split_once('.').unwrap_or_default();
        let rules = match document {
            "metadata" => &mut claims.metadata,
            "profile" => &mut claims.profile,
            _ => {
                section.error(&key, "expected a path that begins with metadata. or profile.");
                continue;
            }
        };
        match (ClaimRule::name_of(&name), rest.parse()) {
            (Some(claim), Ok(path)) => rules.push(ClaimRule::new(claim, path, defaults.remove(&name))),
            _ => section.error(&key, "expected a path like metadata.team.id"),
        }
        if document == "metadata" {
            section.warn(&key, Risk::ClaimFromUserMetadata);
        }
    }
    for name in defaults.into_keys() {
        section.error(&format!("custom_claim_defaults.{name}"), "has no claim of this name in custom_claims");
    }
    claims
}
