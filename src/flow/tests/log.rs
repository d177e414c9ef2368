//! The lines that a test writes to the log.

use std::cell::RefCell;

use ::log::{LevelFilter, Log, Metadata, Record};

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
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
                let user = record.key_values().get("user".into()).map(|user| format!(" {user}"));
                lines.push(format!("{}{}", record.args(), user.unwrap_or_default()));
            }
        });
    }

    fn flush(&self) {}
}

/// The lines of a thread, until this is dropped.
pub(super) struct Kept(());

/// Keeps what this thread writes from now on: each message, and its user.
pub(super) fn keep_lines() -> Kept {
    // A second test that keeps lines finds the logger set.
    let _ = ::log::set_logger(&KEEPING);
    ::log::set_max_level(LevelFilter::Info);
    LINES.set(Some(Vec::new()));
    Kept(())
}

impl Kept {
    pub(super) fn lines(&self) -> Vec<String> {
        LINES.with_borrow(|lines| lines.clone().unwrap_or_default())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        LINES.set(None);
    }
}
