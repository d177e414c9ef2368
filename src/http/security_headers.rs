//! The security headers of every response.

use actix_web::middleware::DefaultHeaders;

/// Forbids content sniffing, framing, referrers and caching. Handlers may set a header themselves.
#[must_use]
pub fn security_headers(is_https: bool) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("X-Frame-Options", "DENY"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cache-Control", "no-store"))
        .add(("Pragma", "no-cache"))
        .add(("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"));
    if is_https { headers.add(("Strict-Transport-Security", "max-age=31536000")) } else { headers }
}
