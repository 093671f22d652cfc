#!/usr/bin/env bash
# Downloads the published weights of CLIP, Inception and Mask R-CNN, exports and verifies them; see --help.
#
# Builds tise-eval first, unless TISE_EVAL names one. Exports with $TISE_PYTHON, if set; else with python3, if it has
# the packages of scripts/requirements-export.txt; else in an environment of its own (.cache/export, 5 GB).
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for argument in "$@"; do
  case $argument in -h | --help | --list) exec python3 "$scripts/get_models.py" "$@" ;; esac
done
python3 "$scripts/get_models.py" --list "$@" > /dev/null # reports mistyped arguments before the set-up

if [ -z "${TISE_EVAL:-}" ]; then
  source "$scripts/bootstrap.sh"
  build tise-eval
  export TISE_EVAL=$TISE_ROOT/build/tise-eval
fi

# Whether a Python has numpy and the required packages with a version; those without one are only for comparisons.
can_export() {
  "$1" - "$scripts/requirements-export.txt" 2> /dev/null << 'PY'
import importlib.metadata, sys
import numpy
for line in open(sys.argv[1]):
    name, _, version = line.strip().partition("==")
    assert not version or importlib.metadata.version(name).startswith(version.rstrip("*"))
PY
}

python=${TISE_PYTHON:-python3}
if [ -n "${TISE_PYTHON:-}" ]; then
  can_export "$python" ||
    { echo "TISE_PYTHON=$python: packages of scripts/requirements-export.txt are missing; install them" >&2; exit 1; }
elif ! can_export "$python"; then
  source "$scripts/environment.sh"
  python_environment "$scripts/../.cache/export" "$scripts/requirements-export.txt"
  python=$scripts/../.cache/export/bin/python
fi
exec "$python" "$scripts/get_models.py" "$@"
