#!/usr/bin/env bash
# From a fresh clone to every test's result: sets up, builds, tests.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
build

say "testing"
ctest --test-dir "$TISE_ROOT/build" --output-on-failure -j "$(nproc)"
