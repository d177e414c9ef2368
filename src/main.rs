//! The binary's door.

fn main() -> std::process::ExitCode {
    vouchsafe::cli::run()
}
