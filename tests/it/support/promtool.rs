//! Prometheus' own checker of metrics and rules. If it is not installed, its tests are skipped with a notice; with
//! `VOUCHSAFE_TEST_STRICT=1` they fail.

use std::io::Write;
use std::process::{Command, Stdio};

/// Runs `promtool check`; `None`, with a notice, if it is not installed. The error is what it prints.
pub fn check(arguments: &[&str], input: &str) -> Option<Result<(), String>> {
    let spawned = Command::new("promtool")
        .arg("check")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut program) = spawned else {
        skip();
        return None;
    };
    program.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("written");
    let output = program.wait_with_output().expect("it ends");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Some(if output.status.success() { Ok(()) } else { Err(text) })
}

fn skip() {
    assert!(
        std::env::var_os("VOUCHSAFE_TEST_STRICT").is_none_or(|strict| strict != "1"),
        "promtool was not found, and VOUCHSAFE_TEST_STRICT=1 allows no skip"
    );
    // Not eprintln!, which the test harness captures.
    let _ = writeln!(std::io::stderr(), "SKIPPED: promtool was not found");
}
