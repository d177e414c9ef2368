//! The lines that a test writes to the log.

use std::cell::RefCell;

use ::log::kv::{Error, Key, Value, VisitSource};
use ::log::{LevelFilter, Log, Metadata, Record};

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// A message and the pairs that belong to it.
struct Line(String);

impl<'kvs> VisitSource<'kvs> for Line {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
        self.0 += &format!(" {key}={value}");
        Ok(())
    }
}

/// Keeps the lines of those threads that want it.
struct Keeping;

static KEEPING: Keeping = Keeping;

impl Log for Keeping {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                let mut line = Line(record.args().to_string());
                record.key_values().visit(&mut line).expect("pairs");
                lines.push(line.0);
            }
        });
    }

    fn flush(&self) {}
}

/// The lines of a thread, until this is dropped.
pub(crate) struct Kept(());

/// Keeps what this thread writes from now on: each message with its pairs.
pub(crate) fn keep_lines() -> Kept {
    // A second test that keeps lines finds the logger set.
    let _ = ::log::set_logger(&KEEPING);
    ::log::set_max_level(LevelFilter::Info);
    LINES.set(Some(Vec::new()));
    Kept(())
}

impl Kept {
    pub(crate) fn lines(&self) -> Vec<String> {
        LINES.with_borrow(|lines| lines.clone().unwrap_or_default())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        LINES.set(None);
    }
}
