//! The security headers of every response.

use actix_web::middleware::DefaultHeaders;

/// No page of ours uses a device, a sensor or a payment.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), xr-spatial-tracking=()";

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
        .add(("Permissions-Policy", PERMISSIONS))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"));
    if is_https { headers.add(("Strict-Transport-Security", "max-age=31536000")) } else { headers }
}
