#!/usr/bin/env bash
# The benchmark on a machine that has Python's torch and nothing else: unpacks what it runs on, then times this program against
# what its networks can do alone, and scoring from a store.
#
#   ./benchmark.sh [--device cuda] [--precision fp32 fp16] [--images N] [--light-images N] [--threads N]
#
# Figures also go to figures/run.json and figures/scoring.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${TISE_PYTHON:-python3}
device=cpu
for ((i = 1; i < $#; ++i)); do
  [ "${!i}" != --device ] || { next=$((i + 1)); device=${!next}; }
done
mkdir -p "$here/figures"
"$python" - "$here/benchmarks" "$here/work" << 'PY'
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import portable

portable.unpack(Path(sys.argv[1]) / "inputs.tar.gz", Path(sys.argv[2]))
PY
common=(--program "$here/bin/tise-eval" --work "$here/work")
"$python" "$here/benchmarks/run.py" --no-peers "${common[@]}" --json "$here/figures/run.json" "$@"
"$python" "$here/benchmarks/scoring.py" "${common[@]}" --device "$device" --json "$here/figures/scoring.json"
