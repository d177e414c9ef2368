//! The commands of `docs/operations.md`, as tests run them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::postgres;

/// What stands before a block of commands that a test runs.
const MARKER: &str = "<!-- commands: ";

/// The text of the page.
pub fn text() -> String {
    std::fs::read_to_string(repository().join("docs/operations.md")).expect("the page")
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all blocks that are marked.
pub fn names(page: &str) -> Vec<&str> {
    page.split(MARKER).skip(1).filter_map(|rest| Some(rest.split_once(" -->")?.0)).collect()
}

/// Runs the block with this name in `folder`, with `variables` and the program under test; each command must succeed.
pub fn run(name: &str, folder: &Path, variables: &[(&str, &Path)]) {
    let program = Path::new(env!("CARGO_BIN_EXE_vouchsafe")).parent().expect("a folder");
    run_with(program, name, folder, variables);
}

/// Likewise, with the programs of the folder `first` in place of the system's.
pub fn run_with(first: &Path, name: &str, folder: &Path, variables: &[(&str, &Path)]) {
    let page = text();
    let (_, rest) = page.split_once(&format!("{MARKER}{name} -->\n```sh\n")).unwrap_or_else(|| panic!("no {name}"));
    let (commands, _) = rest.split_once("\n```").expect("the end of the block");
    let output = Command::new("sh")
        .args(["-euc", commands])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path(first))
        .envs(variables.iter().copied())
        .output()
        .expect("a shell");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {out}\n{err}");
}

/// The programs of a folder, those of PostgreSQL, and those of the system.
fn path(first: &Path) -> OsString {
    let system = std::env::var_os("PATH").unwrap_or_default();
    let folders = [first.to_owned()].into_iter().chain(postgres::find_programs());
    std::env::join_paths(folders.chain(std::env::split_paths(&system).collect::<Vec<PathBuf>>())).expect("a PATH")
}
