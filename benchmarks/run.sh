#!/usr/bin/env bash
# Compares the speed of build/tise-eval with that of other programs, and with what each of its stages can do alone.
#
#   benchmarks/run.sh [--images N] [--rounds N] [--threads N] [--precision fp32 bf16] [--json FILE] [--save]
#
# Runs in the environment of the parity suite (.cache/parity, 5 GB, or $TISE_PARITY_ENV). See benchmarks/README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../scripts/environment.sh"
python_environment "${parity_environment[@]}"
exec "$parity_environment/bin/python" "$here/run.py" "$@"
