//! Schemas of the description, for people.

use maud::{Markup, html};
use serde_json::Value;

use super::page::{inline, text};

/// How deep members are shown in place; deeper ones have a name of their own.
const MAX_DEPTH: usize = 4;

/// What a `$ref` names, or the value itself.
#[must_use]
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn name_of_reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The type in a few words, with its limits.
#[must_use]
pub fn kind(schema: &Value) -> Markup {
    if let Some(name) = name_of_reference(schema) {
        return html! { a href={ "#schema-" (name) } { (name) } };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return html! { @for (at, choice) in choices.iter().enumerate() { @if at > 0 { " or " } (kind(choice)) } };
    }
    if let Some(values) = schema["enum"].as_array() {
        return html! { "one of " @for (at, value) in values.iter().enumerate() { @if at > 0 { ", " } code { (text(value)) } } };
    }
    if let Some(value) = schema.get("const") {
        return html! { code { (value.to_string()) } };
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let limits = ["format", "pattern", "minLength", "maxLength", "minimum", "maximum", "default"];
    html! {
        @if types.is_empty() { "anything" }
        @for (at, name) in types.iter().enumerate() {
            @if at > 0 { " or " }
            @if *name == "array" { "list of " (kind(&schema["items"])) } @else { (name) }
        }
        @for limit in limits {
            @match schema.get(limit) {
                Some(Value::String(value)) => { ", " (limit) " " code { (value) } },
                Some(value) => { ", " (limit) " " (value.to_string()) },
                None => {},
            }
        }
    }
}

/// The members of an object, or of the objects in a list.
#[must_use]
pub fn members(schema: &Value) -> Markup {
    members_to(schema, MAX_DEPTH)
}

fn members_to(schema: &Value, depth: usize) -> Markup {
    let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    let properties = schema["properties"].as_object().filter(|properties| !properties.is_empty() && depth > 0);
    html! {
        @if let Some(properties) = properties {
            dl class="members" {
                @for (name, member) in properties {
                    dt { code { (name) } @if !required.contains(&name.as_str()) { "?" } " " small { (kind(member)) } }
                    dd { (inline(&member["description"])) (members_to(member, depth - 1)) }
                }
            }
        }
    }
}
