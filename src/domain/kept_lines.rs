//! The lines that a test writes to the log.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use ::log::kv::{Error, Key, Value, VisitSource};
use ::log::{LevelFilter, Log, Metadata, Record};

use crate::domain::clock::{Clock, ManualClock, Timestamp};
use crate::flow::error::{FailureCode, SignInError, Step};
use crate::flow::failure_log::FailureLog;

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

#[test]
fn failures_that_were_left_out_are_said_once_with_the_next_line() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
    let failures = FailureLog::new(&(Arc::clone(&clock) as Arc<dyn Clock>));
    let kept = keep_lines();
    let fail = |times: usize| {
        let error = SignInError::new(Step::Callback, FailureCode::ProviderError);
        for _ in 0..times {
            let _ = failures.level(&error);
        }
        kept.lines().len()
    };
    assert_eq!(fail(10), 0, "none is left out");
    assert_eq!(fail(90), 0, "these are");
    clock.advance(Duration::from_secs(60));
    assert_eq!(fail(2), 1);
    assert_eq!(kept.lines(), ["ProviderError failed more sign-ins than are logged at this level"]);
}
