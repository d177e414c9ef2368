//! Whether a response is a page for a person or JSON for a program (RFC 9110 section 12.5.1).

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{Accept, Header, Quality};
use actix_web::mime::{self, Mime};

/// Whether a browser that navigates waits for the response: it prefers `text/html` to `application/json`, and its
/// `Sec-Fetch-Mode`, if it sends one, is that of a navigation.
#[must_use]
pub fn prefers_page(request: &HttpRequest) -> bool {
    let is_navigation = matches!(*request.method(), Method::GET | Method::HEAD | Method::POST)
        && request.headers().get("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    is_navigation && Accept::parse(request).is_ok_and(|accept| prefers_html(&accept))
}

fn prefers_html(accept: &Accept) -> bool {
    quality(accept, &mime::TEXT_HTML) > quality(accept, &mime::APPLICATION_JSON)
}

/// The quality of a media type: that of the most specific range that matches it.
fn quality(accept: &Accept, media_type: &Mime) -> Quality {
    let matching = accept.iter().filter_map(|range| {
        let precision = match (range.item.type_(), range.item.subtype()) {
            (mime::STAR, mime::STAR) => 0,
            (group, mime::STAR) if group == media_type.type_() => 1,
            (group, name) if group == media_type.type_() && name == media_type.subtype() => 2,
            _ => return None,
        };
        Some((precision, range.quality))
    });
    matching.max_by_key(|(precision, _)| *precision).map_or(Quality::ZERO, |(_, quality)| quality)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn page_is_for_navigations_that_prefer_html() {
        const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
        for (accept, mode, expected) in [
            (BROWSER, Some("navigate"), true),
            (BROWSER, None, true),
            (BROWSER, Some("cors"), false),
            ("text/html", None, true),
            ("TEXT/HTML;charset=utf-8", None, true),
            ("text/*", None, true),
            ("application/json;q=0.9, text/html", None, true),
            ("*/*;q=0.1, text/html;q=0.2", None, true),
            ("*/*", Some("navigate"), false),
            ("", None, false),
            ("application/json", None, false),
            ("application/json, text/plain, */*", None, false),
            ("application/json, text/html", None, false),
            ("text/html;q=0.5, application/json", None, false),
            ("text/html;q=0", None, false),
            ("text/html;q=0, */*", None, false),
            ("text/html;q=2", None, false),
            ("nonsense", None, false),
        ] {
            let mut request = TestRequest::get().insert_header(("Accept", accept));
            if let Some(mode) = mode {
                request = request.insert_header(("Sec-Fetch-Mode", mode));
            }
            assert_eq!(prefers_page(&request.to_http_request()), expected, "{accept:?} {mode:?}");
        }
        assert!(!prefers_page(&TestRequest::get().to_http_request()), "no Accept");
        let delete = TestRequest::delete().insert_header(("Accept", BROWSER)).to_http_request();
        assert!(!prefers_page(&delete), "no browser navigates with DELETE");
    }
}
