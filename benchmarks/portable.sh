#!/usr/bin/env bash
# The benchmark on a machine that has Python's torch and nothing else: unpacks what it runs on, then times this program
# against what its networks can do alone, and scoring from a store.
#
#   ./benchmark.sh [--device cuda] [--precision fp32 fp16] [--images N] [--light-images N] [--threads N]
#
# Figures also go to figures/run.json and figures/scoring.json.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${TISE_PYTHON:-python3}
figures="$here/figures"
common=(--program "$here/bin/tise-eval" --work "$here/work")
export PYTHONPATH="$here/benchmarks"

mkdir -p "$figures"
"$python" -c 'import pathlib, portable, sys; portable.unpack(*map(pathlib.Path, sys.argv[1:]))' \
  "$here/benchmarks/inputs.tar.gz" "$here/work"
"$python" "$here/benchmarks/run.py" --no-peers "${common[@]}" "$@" --json "$figures/run.json"
# On the device and threads that the first half was told, or chose.
chosen=$("$python" -c 'import json, sys; run = json.load(open(sys.argv[1])); print(run["device"], run["threads"])' \
  "$figures/run.json")
"$python" "$here/benchmarks/scoring.py" "${common[@]}" --device "${chosen% *}" --threads "${chosen#* }" \
  --json "$figures/scoring.json"
