#!/usr/bin/env bash
# From a fresh clone to every test's result: sets up, builds, tests; builds the wheel and installs it into fresh
# environments; runs the documentation's commands; looks at the HTML pages in a browser; compares with the published
# implementations in short, exports stand-ins for their weights and packs some. What downloads a lot can be left out:
# TISE_WHEEL=off (10 GB for two environments, and the documentation runs with build/tise-eval), TISE_PAGES=off (a
# browser), TISE_PARITY=off (5 GB in .cache).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
build
"$TISE_ROOT/scripts/check.sh"

say "testing"
ctest --test-dir "$TISE_ROOT/build" --output-on-failure -j "$(nproc)"

if [ "${TISE_WHEEL:-on}" = off ]; then
  say "the wheel: left out, since TISE_WHEEL is off"
  "$TISE_ROOT/tests/docs/run.sh" "$TISE_ROOT/build"
else
  say "the wheel, in fresh environments"
  "$TISE_ROOT/scripts/wheel.sh"
  "$TISE_ROOT/tests/wheel/run.sh"
  say "the documentation's commands"
  "$TISE_ROOT/tests/docs/run.sh" "$TISE_ROOT/.cache/fresh/bin"
fi

if [ "${TISE_PAGES:-on}" = off ]; then
  say "the HTML pages in a browser: left out, since TISE_PAGES is off"
else
  say "the HTML pages in a browser"
  "$TISE_ROOT/tests/page/run.sh"
fi

parity=${TISE_PARITY_ENV:-$TISE_ROOT/.cache/parity}/bin/python
export TISE_EVAL="$TISE_ROOT/build/tise-eval"
if [ "${TISE_PARITY:-quick}" = off ]; then
  say "parity with the published implementations: left out, since TISE_PARITY is off"
elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  say "parity with the published implementations: left out, since their packages need Python 3.11 or newer"
else
  say "parity with the published implementations, in short"
  "$TISE_ROOT/tests/parity/run.sh" --quick
  say "from fetched weights to verified archives, with networks from a seed"
  "$parity" "$TISE_ROOT/tests/scripts/get_models_export_test.py"
  say "several processes under torchrun"
  "$parity" -W ignore "$TISE_ROOT/tests/scripts/torchrun_test.py"
  say "the benchmark's networks, packed and drawn again"
  "$parity" -W ignore "$TISE_ROOT/tests/scripts/portable_test.py"
fi
