//! The JSON Schema of the settings file, for editors: types from the readers, defaults and descriptions from
//! `config/default.toml`.
//!
//! It describes the file alone, so nothing is required in it: a variable or a flag may set a key instead.

mod descriptions;
#[cfg(test)]
#[cfg(feature = "aufy")]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::reader::shape::Shape;
use super::{Settings, Sources, load};
use descriptions::Descriptions;

const DEFAULTS: &str = include_str!("../../../config/default.toml");

/// Sections whose inner keys are read only if they are there.
const SAMPLE: &str = "[providers.example]\n[webhooks.example]\n[clients.example]\n[[keys.jwt]]\n[[keys.vault]]";

/// The section of any provider.
const PROVIDER: &str = "providers.example";

/// The section of any webhook.
const WEBHOOK: &str = "webhooks.example";

/// The section of any backend client.
const CLIENT: &str = "clients.example";

impl Settings {
    /// The JSON Schema (2020-12) of a settings file.
    #[must_use]
    pub fn schema() -> Value {
        let file = Some((PathBuf::from("sample"), SAMPLE.to_owned()));
        let shapes = load::read(Sources { file, ..Sources::default() }).map(|(reading, ..)| reading.shapes());
        let defaults = DEFAULTS.parse::<toml::Table>().unwrap_or_default();
        let schema = Schema {
            shapes: shapes.unwrap_or_default(),
            descriptions: Descriptions::parse(DEFAULTS),
            defaults: serde_json::to_value(defaults).unwrap_or_default(),
        };
        let mut root = schema.section("");
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
        root["title"] = concat!("Settings of Vouchsafe ", env!("CARGO_PKG_VERSION")).into();
        root
    }
}

struct Schema {
    shapes: BTreeMap<String, Shape>,
    descriptions: Descriptions,
    defaults: Value,
}

impl Schema {
    /// The schema of a section; an unknown key is an error there.
    fn section(&self, path: &str) -> Value {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        let names = self.shapes.keys().filter_map(|key| key.strip_prefix(&prefix)).filter(|name| !name.contains('.'));
        let properties: Map<String, Value> =
            names.map(|name| (name.to_owned(), self.property(&format!("{prefix}{name}")))).collect();
        json!({ "type": "object", "additionalProperties": false, "properties": properties })
    }

    fn property(&self, key: &str) -> Value {
        let mut schema = match self.shapes.get(key) {
            // Any name that is not built in is a custom provider.
            Some(Shape::Section) if key == "providers" => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z0-9_-]{1,32}$" },
                "additionalProperties": self.section(PROVIDER),
            }),
            Some(Shape::Section) if key == "webhooks" => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z0-9_-]{1,32}$" },
                "additionalProperties": self.section(WEBHOOK),
            }),
            Some(Shape::Section) if key == "clients" => json!({
                "type": "object",
                "propertyNames": { "pattern": "^[a-z0-9_-]{1,32}$" },
                "additionalProperties": self.section(CLIENT),
            }),
            Some(Shape::Section) => self.section(key),
            Some(Shape::Sections) => {
                let one = self.section(key);
                json!({ "oneOf": [one, { "type": "array", "items": one }] })
            }
            Some(Shape::Choice(words)) => json!({ "enum": words }),
            Some(Shape::Boolean) => json!({ "type": "boolean" }),
            Some(Shape::Integer { min, max }) => json!({ "type": "integer", "minimum": min, "maximum": max }),
            Some(Shape::Duration) => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" }),
            Some(Shape::Url) => json!({ "type": "string", "format": "uri", "pattern": "^https?://" }),
            Some(Shape::Texts) => json!({ "type": "array", "items": { "type": "string" } }),
            Some(Shape::TextMap) => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            Some(Shape::Text) | None => json!({ "type": "string", "minLength": 1 }),
        };
        let any = [(PROVIDER, "providers.*"), (WEBHOOK, "webhooks.*"), (CLIENT, "clients.*")];
        let described = any.iter().fold(key.to_owned(), |key, (sample, any)| key.replace(sample, any));
        if let Some(text) = self.descriptions.of(&described) {
            schema["description"] = text.into();
        }
        let is_leaf = !matches!(self.shapes.get(key), Some(Shape::Section | Shape::Sections));
        if let Some(default) = self.defaults.pointer(&format!("/{}", key.replace('.', "/"))).filter(|_| is_leaf) {
            schema["default"] = default.clone();
        }
        schema
    }
}
