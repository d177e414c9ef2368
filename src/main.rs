//! The `vouchsafe` binary.

/// Returns memory to the system after a load, and costs less than the allocator of the C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    vouchsafe::cli::run()
}
