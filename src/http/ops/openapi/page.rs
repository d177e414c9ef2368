//! `GET /openapi`: the description as a page for people, without scripts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::schema;
use crate::domain::sha256::sha256;

const STYLE: &str = include_str!("page.css");

/// In this order a path's operations are shown.
const METHODS: [&str; 5] = ["get", "post", "put", "delete", "head"];

/// The policy of the page: its own style sheet, and nothing else.
#[must_use]
pub fn policy() -> String {
    let hash = STANDARD.encode(sha256(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'none'"
    )
}

/// An operation, and where it is.
struct Operation<'a> {
    method: &'static str,
    path: &'a str,
    value: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(&self.value["operationId"])
    }
}

/// The page.
#[must_use]
pub fn render(document: &Value) -> String {
    let info = &document["info"];
    let operations = operations(document);
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    let of_tag = |tag: &Value| {
        let name = tag["name"].clone();
        operations.iter().filter(move |operation| operation.value["tags"][0] == name)
    };
    let title = format!("{} API", text(&info["title"]));
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (title) " " small { (text(&info["version"])) } }
                    p { code { (text(&document["servers"][0]["url"])) } " · " a href="openapi.json" { "openapi.json" } " (OpenAPI 3.1)" }
                }
                nav aria-label="Routes" {
                    @for tag in &tags {
                        @if of_tag(tag).next().is_some() {
                            h2 { (text(&tag["name"])) }
                            ul {
                                @for operation in of_tag(tag) {
                                    li { a href={ "#" (operation.id()) } { (method(operation.method)) " " (path(operation.path)) } }
                                }
                            }
                        }
                    }
                    h2 { a href="#schemas" { "Schemas" } }
                }
                main {
                    (prose(&info["description"]))
                    @for tag in &tags {
                        @if of_tag(tag).next().is_some() {
                            section {
                                h2 { (text(&tag["name"])) }
                                (prose(&tag["description"]))
                                @for operation in of_tag(tag) { (show(document, operation)) }
                            }
                        }
                    }
                    (schemas(document))
                }
            }
        }
    }
    .into_string()
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        found.extend(METHODS.iter().filter_map(|&method| Some(Operation { method, path, value: item.get(method)? })));
    }
    found
}

fn show(document: &Value, operation: &Operation<'_>) -> Markup {
    let value = operation.value;
    let parameters: Vec<&Value> =
        value["parameters"].as_array().into_iter().flatten().map(|one| schema::resolve(document, one)).collect();
    html! {
        details {
            summary { h3 { (method(operation.method)) " " (path(operation.path)) } span { (inline(&value["summary"])) } }
            // Browsers open what encloses the target of a link.
            div id=(operation.id()) {
                (prose(&value["description"]))
                @if let Some(proof) = security(value) { p { "Needs " (proof) "." } }
                @if !parameters.is_empty() {
                    h4 { "Parameters" }
                    dl { @for one in parameters { (parameter(one)) } }
                }
                @if let Some(body) = value.get("requestBody") {
                    h4 { "Body" @if body["required"] != true { " (may be left out)" } }
                    (content(&body["content"]))
                }
                h4 { "Answers" }
                dl { @for (status, answer) in value["responses"].as_object().into_iter().flatten() { (response(document, status, answer)) } }
            }
        }
    }
}

fn parameter(one: &Value) -> Markup {
    let schema = one.get("schema").or_else(|| one.pointer("/content/application~1json/schema")).unwrap_or(&Value::Null);
    html! {
        dt { code { (text(&one["name"])) } " " small { (text(&one["in"])) @if one["required"] == true { ", required" } ", " (schema::kind(schema)) } }
        dd { (inline(&one["description"])) }
    }
}

fn response(document: &Value, status: &str, answer: &Value) -> Markup {
    let resolved = schema::resolve(document, answer);
    let description = answer.get("description").unwrap_or(&resolved["description"]);
    let headers: Vec<&str> =
        resolved["headers"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    html! {
        dt { code class=(if status < "400" { "good" } else { "bad" }) { (status) } }
        dd {
            (inline(description))
            @if !headers.is_empty() { " " small { "Headers: " @for (at, name) in headers.iter().enumerate() { @if at > 0 { ", " } code { (name) } } } }
            (content(&resolved["content"]))
        }
    }
}

fn content(content: &Value) -> Markup {
    html! {
        @for (kind, media) in content.as_object().into_iter().flatten() {
            div { small { (kind) ": " (schema::kind(&media["schema"])) } (schema::members(&media["schema"])) }
        }
    }
}

/// What a client has to show, in words: the names of the security schemes.
fn security(operation: &Value) -> Option<Markup> {
    let choices = operation["security"].as_array().filter(|choices| !choices.is_empty())?;
    let is_optional = choices.iter().any(|choice| choice.as_object().is_some_and(serde_json::Map::is_empty));
    let choices: Vec<Vec<&str>> = choices
        .iter()
        .filter_map(|choice| Some(choice.as_object()?.keys().map(String::as_str).collect()))
        .filter(|names: &Vec<&str>| !names.is_empty())
        .collect();
    Some(html! {
        @if is_optional { "nothing, or " }
        @for (at, names) in choices.iter().enumerate() {
            @if at > 0 { ", or " }
            @for (at, name) in names.iter().enumerate() { @if at > 0 { " and " } a href={ "#security-" (name) } { (name) } }
        }
    })
}

fn schemas(document: &Value) -> Markup {
    let components = &document["components"];
    html! {
        section id="schemas" {
            h2 { "Schemas" }
            @for (name, schema) in components["schemas"].as_object().into_iter().flatten() {
                article id={ "schema-" (name) } {
                    h3 { (name) " " small { (schema::kind(schema)) } }
                    (prose(&schema["description"]))
                    (schema::members(schema))
                    @if let Some(example) = schema["examples"].get(0) {
                        // Long lines scroll, also with the keyboard.
                        pre tabindex="0" { (serde_json::to_string_pretty(example).unwrap_or_default()) }
                    }
                }
            }
            h2 { "Proofs" }
            @for (name, scheme) in components["securitySchemes"].as_object().into_iter().flatten() {
                article id={ "security-" (name) } {
                    h3 { (name) }
                    p {
                        @match text(&scheme["in"]) {
                            "cookie" => { "Cookie " code { (text(&scheme["name"])) } },
                            _ => code { "Authorization: Bearer" },
                        }
                        ". " (inline(&scheme["description"]))
                    }
                }
            }
        }
    }
}

fn method(name: &str) -> Markup {
    html! { b class=(name) { (name.to_uppercase()) } }
}

/// A path that may be broken at its slashes.
fn path(text: &str) -> Markup {
    html! { code { @for part in text.split_inclusive('/') { (part) wbr; } } }
}

fn prose(value: &Value) -> Markup {
    html! { @for paragraph in text(value).split("\n\n").filter(|paragraph| !paragraph.is_empty()) { p { (code(paragraph)) } } }
}

/// A sentence in which backticks enclose code.
pub(super) fn inline(value: &Value) -> Markup {
    code(text(value))
}

fn code(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::assemble::{Mounts, assemble};
    use super::*;

    /// What follows a mark, up to a quotation mark.
    fn anchors(page: &str, mark: &str) -> BTreeSet<String> {
        page.split(mark).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
    }

    #[test]
    fn every_link_of_the_page_leads_somewhere_and_nothing_is_markup() {
        let mounts = Mounts {
            server: "https://auth.test/<i>".to_owned(),
            nhost: Some(String::new()),
            aufy: Some(("/api/auth".to_owned(), "/api/account".to_owned())),
            has_sign_up_form: true,
            admin: Some("/admin".to_owned()),
            has_pages: true,
            ..Mounts::default()
        };
        let page = render(&assemble("1.2.3", &mounts, &|_| false));
        let (links, targets) = (anchors(&page, "href=\"#"), anchors(&page, " id=\""));
        assert!(links.len() > 60, "{} links", links.len());
        assert_eq!(links.difference(&targets).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(!page.contains("<i>") && !page.contains("<script") && !page.contains(" style="));
    }
}
