#!/usr/bin/env bash
# From a fresh clone to the results of the demo: sets up, builds, and runs `tise-eval demo` into build/demo.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
build tise-eval
rm -rf "$TISE_ROOT/build/demo"
cd "$TISE_ROOT"
build/tise-eval demo --output build/demo
say "to call it as tise-eval: export PATH=\"$TISE_ROOT/build:\$PATH\""
