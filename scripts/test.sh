#!/usr/bin/env bash
# From a fresh clone to every test's result: sets up, builds, tests, compares with the published implementations in
# short, exports stand-ins for their weights and packs some (tests/parity's packages take 5 GB in .cache; TISE_PARITY=off
# leaves out what needs them), looks at the HTML pages in a browser (TISE_PAGES=off: doesn't).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
build

say "testing"
ctest --test-dir "$TISE_ROOT/build" --output-on-failure -j "$(nproc)"

if [ "${TISE_PAGES:-on}" = off ]; then
  say "the HTML pages in a browser: left out, since TISE_PAGES is off"
else
  say "the HTML pages in a browser"
  "$TISE_ROOT/tests/page/run.sh"
fi

if [ "${TISE_PARITY:-quick}" = off ]; then
  say "parity with the published implementations: left out, since TISE_PARITY is off"
elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  say "parity with the published implementations: left out, since their packages need Python 3.11 or newer"
else
  say "parity with the published implementations, in short"
  "$TISE_ROOT/tests/parity/run.sh" --quick
  say "from fetched weights to verified archives, with networks from a seed"
  TISE_EVAL="$TISE_ROOT/build/tise-eval" "${TISE_PARITY_ENV:-$TISE_ROOT/.cache/parity}/bin/python" \
    "$TISE_ROOT/tests/scripts/get_models_export_test.py"
  say "several processes under torchrun"
  TISE_EVAL="$TISE_ROOT/build/tise-eval" "${TISE_PARITY_ENV:-$TISE_ROOT/.cache/parity}/bin/python" -W ignore \
    "$TISE_ROOT/tests/scripts/torchrun_test.py"
  say "the benchmark's networks, packed and drawn again"
  "${TISE_PARITY_ENV:-$TISE_ROOT/.cache/parity}/bin/python" -W ignore "$TISE_ROOT/tests/scripts/portable_test.py"
fi
