#!/usr/bin/env bash
# Tests and benchmarks a machine with a GPU in ten minutes. Installs a wheel of `scripts/wheel.sh --checks` into a
# temporary folder, to use with the installed torch, and runs the GPU tests, then the benchmarks, most important first.
#
#   benchmarks/gpu.sh WHEEL [--device cuda|cuda:1|cpu] [--minutes N] [--work DIR] [--only PART...] [--save]
#
# Writes figures to DIR/figures.json and tables to DIR/figures.txt after each part (DIR: build/gpu). Needs Python with
# torch 2.11, torchvision, scikit-image and scikit-learn, and no network.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
[[ ${1:-} =~ ^(-h|--help)$ ]] && { usage; exit; }
[ $# -ge 1 ] || { usage >&2; exit 2; }
[ -f "$1" ] || { echo "gpu.sh: $1: no such file; make the wheel with scripts/wheel.sh --checks" >&2; exit 2; }
wheel=$1
shift
python=${TISE_PYTHON:-python3}

site=$(mktemp -d)
trap 'rm -rf "$site"' EXIT
"$python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --target "$site" "$wheel"
PYTHONPATH="$site${PYTHONPATH:+:$PYTHONPATH}" "$python" "$here/gpu.py" --wheel "$wheel" "$@"
