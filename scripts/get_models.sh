#!/usr/bin/env bash
# Fetches the published weights of CLIP, Inception and Mask R-CNN, exports and verifies them: --help says more.
#
# Builds tise-eval first, unless TISE_EVAL names one. Exports with $TISE_PYTHON, else with a python3 that has what
# scripts/requirements-export.txt asks for, else in an environment of its own (.cache/export, 5 GB).
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for argument in "$@"; do
  case $argument in -h | --help | --list) exec python3 "$scripts/get_models.py" "$@" ;; esac
done
python3 "$scripts/get_models.py" --list "$@" > /dev/null # a mistyped argument is said before the set-up

if [ -z "${TISE_EVAL:-}" ]; then
  source "$scripts/bootstrap.sh"
  build tise-eval
  export TISE_EVAL=$TISE_ROOT/build/tise-eval
fi

can_export() {
  "$1" -c 'import importlib.metadata as m, numpy; v = m.version
assert v("torch").startswith("2.11.") and v("torchvision").startswith("0.26.")' 2> /dev/null
}

python=${TISE_PYTHON:-python3}
if [ -n "${TISE_PYTHON:-}" ]; then
  can_export "$python" || { echo "TISE_PYTHON=$python: lacks what scripts/requirements-export.txt asks for" >&2; exit 1; }
elif ! can_export "$python"; then
  environment=$scripts/../.cache/export
  if ! cmp -s "$scripts/requirements-export.txt" "$environment/requirements.txt"; then
    echo "installing the packages for exporting into .cache/export (about three minutes)" >&2
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir -r "$scripts/requirements-export.txt"
    cp "$scripts/requirements-export.txt" "$environment/requirements.txt"
  fi
  python=$environment/bin/python
fi
exec "$python" "$scripts/get_models.py" "$@"
