//! Our own pages, as browsers get them.

mod errors;
mod sign_in;

use url::Url;

use crate::support::browser::Response;

/// The target of the first link with this text in it, against the page's own URL.
fn link(page: &Response, url: &str, text: &str) -> Url {
    let html = page.text();
    let links = html.split("<a ").skip(1).filter_map(|link| link.split_once("</a>"));
    let found = links.map(|(link, _)| link).find(|link| link.contains(text));
    let link = found.unwrap_or_else(|| panic!("no link {text} in {html}"));
    let href = link.split_once("href=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a target").0;
    let url: Url = url.parse().expect("a URL");
    url.join(&href.replace("&amp;", "&")).expect("a URL")
}

/// The texts of the buttons, in their order.
fn buttons(page: &Response) -> Vec<String> {
    let html = page.text();
    let labels = html.split("<span class=\"label\">").skip(1);
    labels.map(|rest| rest.split('<').next().unwrap_or_default().trim().to_owned()).collect()
}
