//! The section `rate_limit`: requests per client address and family of routes.

use std::num::NonZeroU32;

use super::Mode;
use super::reader::Section;
use super::warnings::Risk;

/// Requests per minute of one client: an IPv4 address or an IPv6 /64. A minute's budget may be used at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// `rate_limit.enabled`
    pub enabled: bool,
    /// `rate_limit.start_per_minute`: starts of sign-ins and links.
    pub start_per_minute: NonZeroU32,
    /// `rate_limit.callback_per_minute`: callbacks of providers.
    pub callback_per_minute: NonZeroU32,
    /// `rate_limit.token_per_minute`: routes that take or give a token, code or ticket.
    pub token_per_minute: NonZeroU32,
    /// `rate_limit.other_per_minute`: users, sessions and pages.
    pub other_per_minute: NonZeroU32,
    /// `rate_limit.admin_per_minute`: the routes for operators.
    pub admin_per_minute: NonZeroU32,
}

pub(super) fn read(mut section: Section<'_>, mode: Mode) -> RateLimit {
    let enabled = section.boolean("enabled").unwrap_or(true);
    if !enabled && mode == Mode::Production {
        section.warn("enabled", Risk::RateLimitsOff);
    }
    let mut per_minute = |key: &str, default: NonZeroU32| {
        section.number::<u32>(key, 1..=1_000_000).and_then(NonZeroU32::new).unwrap_or(default)
    };
    const SIGN_INS: NonZeroU32 = NonZeroU32::new(120).unwrap();
    const REQUESTS: NonZeroU32 = NonZeroU32::new(600).unwrap();
    RateLimit {
        start_per_minute: per_minute("start_per_minute", SIGN_INS),
        callback_per_minute: per_minute("callback_per_minute", SIGN_INS),
        token_per_minute: per_minute("token_per_minute", REQUESTS),
        other_per_minute: per_minute("other_per_minute", REQUESTS),
        admin_per_minute: per_minute("admin_per_minute", SIGN_INS),
        enabled,
    }
}
