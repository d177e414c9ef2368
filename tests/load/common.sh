# What the scripts that need the folder of the load driver share; they source it first. Works in that folder.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${BENCH:?the folder of the load driver}"
VOUCHSAFE_BIN=$(realpath "${VOUCHSAFE_BIN:-$here/../../target/release/vouchsafe}")
export BENCH VOUCHSAFE_BIN
. "$BENCH/bin/env.sh"
cd "$BENCH"
driver=$CARGO_TARGET_DIR/release/driver
target=$BENCH/targets/vouchsafe.toml

# PostgreSQL and the fake provider.
start_others() {
  bin/pg.sh start >/dev/null
  bin/fake.sh start >/dev/null
}

# Stops them, and the named processes before.
stop_all() {
  local name
  for name in "$@"; do stop "$name"; done
  bin/fake.sh stop
  bin/pg.sh stop >/dev/null 2>&1 || true
}
