#!/usr/bin/env bash
# Tests the wheel that scripts/wheel.sh built, as a user installs it: in fresh environments of this machine's Python
# and of a newer one, runs the demo and the package's tests. Keeps the first environment for the test of the docs.
#
#   tests/wheel/run.sh
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
wheel=$(echo "$root"/build-wheel/dist/tise_eval-*.whl)
environment=$root/.cache/fresh
[ -f "$wheel" ] || { echo "no wheel in build-wheel/dist; build it with scripts/wheel.sh" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Runs a command with nothing of ours in the path or the environment.
clean() { (cd "$work" && env -i HOME="$work" PATH="$environment/bin:/usr/bin:/bin" "$@"); }

echo "== a fresh environment of $(python3 --version)" >&2
rm -rf "$environment"
python3 -m venv "$environment"
"$environment/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir "$wheel[pandas,parquet]"
clean tise-eval demo
[ -s "$work/tise-eval-demo/leaderboard.json" ]
clean tise-eval demo --output "$work/tise-eval-demo" 2> "$work/again" && exit 1
grep -q "already exists" "$work/again"
for test in test_tise_eval test_import test_parquet test_export; do clean python -W ignore "$here/../python/$test.py"; done
version=$(clean tise-eval --version)
clean env OMP_DISPLAY_ENV=VERBOSE tise-eval --version 2> "$work/openmp" > /dev/null
grep -q "GOMP_SPINCOUNT = '5000'" "$work/openmp" || { echo "the wheel does not limit how long waiting threads spin" >&2; exit 1; }
[[ $version == *"($(git -C "$root" rev-parse --short=12 HEAD))" ]] || { echo "the wheel reports version $version" >&2; exit 1; }

echo "== the benchmark for a machine with a GPU, tried on the CPU" >&2
TISE_PYTHON=$environment/bin/python "$root/benchmarks/gpu.sh" "$wheel" --device cpu --only values --work "$work/gpu" > /dev/null
grep -q '"CLIP-S"' "$work/gpu/figures.json"

"$here/newer_python.sh" "$wheel"

# Not as a unity build, so that each file must include what it uses.
echo "== pip install . with the installed torch, every file compiled alone" >&2
"$environment/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir scikit-build-core
"$environment/bin/pip" uninstall --quiet --yes tise-eval
"$environment/bin/pip" install --quiet --disable-pip-version-check --no-build-isolation --no-deps "$root" \
  --config-settings cmake.define.CMAKE_UNITY_BUILD=OFF
clean tise-eval demo --quiet --output "$work/demo-of-pip"
