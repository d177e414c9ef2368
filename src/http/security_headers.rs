//! What every answer says to browsers, whatever it is.

use actix_web::middleware::DefaultHeaders;

/// No sniffing, no framing, no referrer, nothing kept. A handler that knows better says so itself.
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
