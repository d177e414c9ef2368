//! One line of the log, as text or as JSON. Whatever a value holds, it stays one line, and no terminal obeys it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use log::Record;
use log::kv::{Error, Key, Value, VisitSource, VisitValue};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};
use serde_json::{Map, Value as Json};

use crate::domain::clock::Timestamp;
use crate::settings::LogFormat;

/// The members that every JSON line has. A pair of the same name gets an underscore.
const RESERVED: [&str; 4] = ["ts", "level", "target", "msg"];

/// Writes a line.
///
/// # Errors
/// That of `out`.
pub(super) fn write(out: &mut dyn Write, format: LogFormat, at: Timestamp, record: &Record<'_>) -> io::Result<()> {
    let mut pairs = Pairs::default();
    record.key_values().visit(&mut pairs).map_err(io::Error::other)?;
    match format {
        LogFormat::Text => write_text(out, at, record, &pairs),
        LogFormat::Json => write_json(out, at, record, pairs),
    }
}

fn write_text(out: &mut dyn Write, at: Timestamp, record: &Record<'_>, pairs: &Pairs) -> io::Result<()> {
    let message = record.args().to_string();
    let (at, level, target, message) = (at.rfc3339_millis(), record.level(), record.target(), escape(&message));
    write!(out, "{at} {level:5} {target}: {message}")?;
    for (key, value) in &pairs.0 {
        write!(out, " {}=", escape(key))?;
        match value {
            Json::String(text) if is_plain(text) => out.write_all(text.as_bytes())?,
            value => write_value(out, value)?,
        }
    }
    out.write_all(b"\n")
}

fn write_json(out: &mut dyn Write, at: Timestamp, record: &Record<'_>, pairs: Pairs) -> io::Result<()> {
    let mut members = Map::new();
    let message = record.args().to_string();
    let own = [at.rfc3339_millis(), record.level().to_string(), record.target().to_owned(), message];
    members.extend(RESERVED.iter().zip(own).map(|(name, text)| ((*name).to_owned(), text.into())));
    for (mut key, value) in pairs.0 {
        if RESERVED.contains(&key.as_str()) {
            key.push('_');
        }
        members.insert(key, value);
    }
    write_value(out, &Json::Object(members))?;
    out.write_all(b"\n")
}

/// Characters that end a line somewhere, or that change how the rest of one is shown.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a value needs no quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'=' | b'\\'))
}

fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return text.into();
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if is_unsafe(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped.into()
}

fn write_value(out: &mut dyn Write, value: &Json) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, OneLine)).map_err(io::Error::from)
}

/// JSON that also escapes what JSON need not escape.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if !fragment.contains(is_unsafe) {
            return CompactFormatter.write_string_fragment(out, fragment);
        }
        let mut escaped = String::new();
        for c in fragment.chars() {
            if is_unsafe(c) {
                write!(escaped, "\\u{:04x}", u32::from(c)).map_err(io::Error::other)?;
            } else {
                escaped.push(c);
            }
        }
        out.write_all(escaped.as_bytes())
    }
}

/// The pairs of a line. What is absent is left out.
#[derive(Default)]
struct Pairs(Vec<(String, Json)>);

impl<'kvs> VisitSource<'kvs> for Pairs {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        let mut member = Member(Json::Null);
        value.visit(&mut member)?;
        if !member.0.is_null() {
            self.0.push((key.as_str().to_owned(), member.0));
        }
        Ok(())
    }
}

/// A value as JSON: numbers and booleans as they are, everything else as text.
struct Member(Json);

impl<'v> VisitValue<'v> for Member {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), Error> {
        self.0 = value.to_string().into();
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn visit_bool(&mut self, value: bool) -> Result<(), Error> {
        self.0 = value.into();
        Ok(())
    }

    fn visit_u64(&mut self, value: u64) -> Result<(), Error> {
        self.0 = value.into();
        Ok(())
    }

    fn visit_i64(&mut self, value: i64) -> Result<(), Error> {
        self.0 = value.into();
        Ok(())
    }

    fn visit_str(&mut self, value: &str) -> Result<(), Error> {
        self.0 = value.into();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use log::Level;
    use log::kv::{Source, ToValue};

    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_764_000_000_007);

    fn line(format: LogFormat, message: &str, pairs: &dyn Source) -> String {
        let mut out = Vec::new();
        let mut builder = Record::builder();
        builder.level(Level::Warn).target("vouchsafe::flow").key_values(pairs);
        write(&mut out, format, AT, &builder.args(format_args!("{message}")).build()).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn text_line_has_pairs_behind_its_message() {
        let absent: Option<u32> = None;
        let pairs =
            [("user", "7".to_value()), ("empty", "".to_value()), ("ms", 3_u64.to_value()), ("none", absent.to_value())];
        let line = line(LogFormat::Text, "not signed in: x", &pairs.as_slice());
        assert_eq!(line, "2025-11-24T16:00:00.007Z WARN  vouchsafe::flow: not signed in: x user=7 empty=\"\" ms=3\n");
    }

    #[test]
    fn json_line_is_an_object_with_typed_members() {
        let pairs =
            [("flow", "ab".to_value()), ("ms", 3_u64.to_value()), ("is_new", true.to_value()), ("msg", "x".to_value())];
        let line: Json = serde_json::from_str(&line(LogFormat::Json, "signed in", &pairs.as_slice())).expect("JSON");
        let expected = serde_json::json!({
            "ts": "2025-11-24T16:00:00.007Z", "level": "WARN", "target": "vouchsafe::flow", "msg": "signed in",
            "flow": "ab", "ms": 3, "is_new": true, "msg_": "x",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn hostile_value_cannot_break_a_line() {
        let hostile = "a\nb\r\u{1b}[31m\u{85}\u{2028}\u{202e}\0\u{9b}\"} {\\";
        for format in [LogFormat::Text, LogFormat::Json] {
            let line = line(format, hostile, &[("value", hostile), ("k\ney", "v")].as_slice());
            let inner = line.strip_suffix('\n').expect("a line");
            let is_harmful = |c: char| "\n\r\u{1b}\u{85}\u{2028}\u{202e}\0\u{9b}".contains(c);
            assert!(!inner.contains(is_harmful), "{inner:?}");
        }
        let json: Json =
            serde_json::from_str(&line(LogFormat::Json, hostile, &[("value", hostile)].as_slice())).expect("JSON");
        assert_eq!((&json["msg"], &json["value"]), (&hostile.into(), &hostile.into()), "nothing is lost");
    }
}
