#!/usr/bin/env bash
# Compares build/tise-eval (or $TISE_EVAL) with published implementations, in a virtual environment of its own.
#
#   tests/parity/run.sh [--quick] [--images N] [--only texts|protocols|images|networks|objects|fidelity|exports] [--work DIR] [--keep]
#   tests/parity/run.sh --write     # a full run; writes docs/dev/parity-results.md
#
# The environment is .cache/parity (5 GB), or $TISE_PARITY_ENV. See docs/dev/parity.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../scripts/environment.sh"
python_environment "${parity_environment[@]}"
exec "$parity_environment/bin/python" "$here/parity.py" "$@"
