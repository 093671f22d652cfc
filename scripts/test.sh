#!/usr/bin/env bash
# From a fresh clone to test results.
#
#   scripts/test.sh          # builds, and runs all tests and the commands in the documentation; downloads only what
#                            # the build needs
#   scripts/test.sh --all    # also what takes longer or downloads more (15 GB): the wheel in fresh environments, every
#                            # file compiled alone, the HTML pages in a browser, the published implementations, torchrun
set -euo pipefail
all=${1:-}
[ $# -le 1 ] && [[ $all =~ ^(--all)?$ ]] || { sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
source "$(dirname "${BASH_SOURCE[0]}")/bootstrap.sh"
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
if [ "$all" = --all ]; then
  # Downloads while the build computes. What fails here is tried again, with its messages, by the step that needs it.
  { python_environment "${wheel_environment[@]}"
    python_environment "${page_environment[@]}"
    python_environment "${parity_environment[@]}"; } > /dev/null 2>&1 &
fi
build
"$TISE_ROOT/scripts/check.sh"

say "testing"
"$TISE_ROOT/tests/shards.sh" "$TISE_ROOT/build"
ctest --test-dir "$TISE_ROOT/build" --output-on-failure -j "$(nproc)" --label-exclude tise-tests
ctest --test-dir "$TISE_ROOT/build" --output-on-failure --tests-regex '^Soak\.'
say "commands in the documentation"
"$TISE_ROOT/tests/docs/run.sh" "$TISE_ROOT/build"
[ "$all" = --all ] || exit 0

wait || true
say "the wheel in fresh environments"
"$TISE_ROOT/scripts/wheel.sh"
"$TISE_ROOT/tests/wheel/run.sh"
say "Python code in the documentation"
"$TISE_ROOT/tests/docs/run.sh" "$TISE_ROOT/.cache/fresh/bin" --language python
say "image files of every kind, compared with Pillow"
"$TISE_ROOT/tests/formats/run.sh" "$TISE_ROOT/build"
say "HTML pages in a browser"
"$TISE_ROOT/tests/page/run.sh"

export TISE_EVAL="$TISE_ROOT/build/tise-eval"
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  say "published implementations: skipped, their packages need Python 3.11 or newer"
  exit 0
fi
say "published implementations, short version"
"$TISE_ROOT/tests/parity/run.sh" --quick
say "from downloaded weights to verified archives, with random weights"
"$parity_environment/bin/python" "$TISE_ROOT/tests/scripts/get_models_export_test.py"
say "encoders, compared with timm and transformers"
PYTHONPATH=$TISE_ROOT/python "$parity_environment/bin/python" -W ignore "$TISE_ROOT/tests/python/test_export.py"
say "several processes under torchrun"
"$parity_environment/bin/python" -W ignore "$TISE_ROOT/tests/scripts/torchrun_test.py"
