//! The `vouchsafe` binary.

fn main() -> std::process::ExitCode {
    vouchsafe::cli::run()
}
