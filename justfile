# Everyday commands; `just` lists them. The checks that a change must pass are in .ci/run.

# List the commands.
default:
    @just --list

# Run the service in development mode.
run *arguments:
    cargo run -- {{arguments}}

# Run the tests, or those whose names contain a filter.
test *filter:
    cargo test {{filter}}

# Check format and lints.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

# Format the code.
format:
    cargo fmt --all

# Build the documentation.
doc:
    cargo doc --workspace --no-deps --document-private-items

# Run the end-to-end tests.
e2e:
    cargo build
    tests/e2e/run

# Renew generated tables and expected requests; review the difference.
golden:
    UPDATE_GOLDENS=1 cargo test --lib

# Run every check.
ci:
    bash .ci/run
