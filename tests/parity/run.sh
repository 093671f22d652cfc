#!/usr/bin/env bash
# Compares build/tise-eval (or $TISE_EVAL) with the published implementations, in a virtual environment of its own.
#
#   tests/parity/run.sh [--quick] [--images N] [--only texts|protocols|images|networks|objects] [--work DIR] [--keep]
#
# The environment is .cache/parity (5 GB), or $TISE_PARITY_ENV. See docs/parity.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=${TISE_PARITY_ENV:-$here/../../.cache/parity}
installed=$environment/requirements.txt

if ! cmp -s "$here/requirements.txt" "$installed"; then
  echo "installing the peers into $environment (about three minutes)" >&2
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir -r "$here/requirements.txt"
  cp "$here/requirements.txt" "$installed"
fi
exec "$environment/bin/python" "$here/parity.py" "$@"
